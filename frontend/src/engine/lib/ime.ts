/** 229: the key belongs to an input method. WebKit has it alone on the key that ends a composition. */
const isComposing = ({ isComposing, keyCode }: KeyboardEvent) => isComposing || keyCode === 229

/**
 * Called once, before anything else listens. Keys that an input method takes (Enter to choose a word, Escape to drop
 * it) reach no handler of the page: no search, dialog, menu or shortcut acts on them.
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
