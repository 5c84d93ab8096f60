type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">

/**
 * Whether the event is Ctrl+`letter` (or ⌘+`letter`); `letter` is Latin and lowercase. On layouts without Latin letters,
 * such as Cyrillic or Greek, the physical key of the letter counts.
 */
export function isCtrlShortcut(event: KeyPress, letter: string): boolean {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return false
  const key = event.key.toLowerCase()
  return /^\p{Script=Latin}$/u.test(key)
    ? key === letter
    : event.code === `Key${letter.toUpperCase()}`
}
