type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">

/**
 * Whether Ctrl (or ⌘) and this Latin letter were pressed, in lower case. On a layout without Latin letters, such as
 * Cyrillic or Greek, the key at the letter's place counts.
 */
export function isCtrlShortcut(event: Press, letter: string): boolean {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return false
  const key = event.key.toLowerCase()
  return /^\p{Script=Latin}$/u.test(key)
    ? key === letter
    : event.code === `Key${letter.toUpperCase()}`
}
