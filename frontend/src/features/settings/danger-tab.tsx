export function DangerZoneTab() {
  return null
}
