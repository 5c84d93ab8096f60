/** Events by which Radix dialogs detect an interaction outside. */
const EVENTS = ["pointerdown", "mousedown", "touchstart", "focusin"]

/** Makes `container` usable above an open dialog, without closing the dialog or moving its focus. */
export function isolateFromDialogs(container: HTMLElement): void {
  for (const type of EVENTS) {
    container.addEventListener(type, (event) => {
      event.stopPropagation()
      // Otherwise the dialog restores its focus, which selects the text of the focused field.
      if (type === "mousedown" && document.querySelector("[role=dialog]")) {
        event.preventDefault()
      }
    })
  }
}
