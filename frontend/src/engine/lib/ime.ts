/** keyCode 229: an input method editor handles the key. WebKit sets only this for the key that ends a composition. */
const isComposing = ({ isComposing, keyCode }: KeyboardEvent) => isComposing || keyCode === 229

/**
 * Hides the keys of an input method editor (IME) from all handlers of the page: Enter confirms and Escape cancels a
 * composition without triggering searches, dialogs, menus or shortcuts. Call once, before other listeners are added.
 */
export function suppressImeKeys(): void {
  for (const type of ["keydown", "keyup"] as const) {
    window.addEventListener(
      type,
      (event) => isComposing(event) && event.stopImmediatePropagation(),
      {
        capture: true,
      },
    )
  }
}
