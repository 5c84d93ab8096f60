/** When a dialog closes: back to the element of that id, which opened it, or, if that is gone, to the page. */
export function restoreFocus(event: Event, id: string): void {
  event.preventDefault()
  const target = document.getElementById(id) ?? document.getElementById("content")
  target?.focus()
}
