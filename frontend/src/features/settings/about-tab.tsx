export function AboutTab() {
  return null
}
