/**
 * Pending between pointerdown and click. A field that loses the focus because of the press must not show an error before the
 * click: the layout would shift, and the pressed button or link would move from under the pointer.
 */
let press: Promise<void> | undefined

window.addEventListener(
  "pointerdown",
  () => {
    press ??= new Promise((resolve) => {
      const listeners = new AbortController()
      const end = () => {
        listeners.abort()
        // The click event follows in the same turn of the event loop.
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

/** Resolves after the click of the current press, or immediately if no pointer is down. */
export const afterPointerPress = (): Promise<void> => press ?? Promise.resolve()
