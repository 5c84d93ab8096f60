/** For `onCloseAutoFocus` of a dialog: focuses the element with the id, or the page's content if it no longer exists. */
export function restoreFocus(event: Event, id: string): void {
  event.preventDefault()
  const target = document.getElementById(id) ?? document.getElementById("content")
  target?.focus()
}
