export function MyProfileTab() {
  return null
}
