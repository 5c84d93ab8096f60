/** An open dialog would take a press outside of it for the wish to close it. */
const EVENTS = ["pointerdown", "mousedown", "touchstart", "focusin"]

/** What is in `place` can be used while a dialog is open, which stays as it is. */
export function isolateFromDialogs(place: HTMLElement): void {
  for (const event of EVENTS) {
    place.addEventListener(event, (happened) => {
      happened.stopPropagation()
      // The dialog would take the focus back, and select what was typed in it.
      if (event === "mousedown" && document.querySelector("[role=dialog]")) {
        happened.preventDefault()
      }
    })
  }
}
