/**
 * A press (pointer down to click) that is under way. What it takes the focus from must not show an error before it
 * ends: the page would shift, and the button or link that was pressed would no longer be under the pointer.
 */
let press: Promise<void> | undefined

window.addEventListener(
  "pointerdown",
  () => {
    press ??= new Promise((resolve) => {
      const listeners = new AbortController()
      const end = () => {
        listeners.abort()
        // The click comes after this event, in the same turn of the event loop.
        setTimeout(() => {
          press = undefined
          resolve()
        })
      }
      for (const event of ["pointerup", "pointercancel"]) {
        window.addEventListener(event, end, { capture: true, signal: listeners.signal })
      }
    })
  },
  { capture: true },
)

/** Resolves when no press is under way. */
export const afterPointerPress = (): Promise<void> => press ?? Promise.resolve()
