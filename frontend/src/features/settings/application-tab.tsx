export function ApplicationTab() {
  return null
}
