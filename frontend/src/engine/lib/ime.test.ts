import { expect, test, vi } from "vitest"

// test/setup.ts calls suppressImeKeys, as startEngine does.
const press = (init: KeyboardEventInit) => {
  const listener = vi.fn()
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init })
  document.addEventListener("keydown", listener, { once: true, capture: true })
  document.body.dispatchEvent(event)
  document.removeEventListener("keydown", listener, { capture: true })
  return { reached: listener.mock.calls.length > 0, prevented: event.defaultPrevented }
}

test.each([
  ["Enter while composing", { key: "Enter", isComposing: true }],
  ["Escape while composing", { key: "Escape", isComposing: true }],
  ["the Enter that ends a composition in WebKit", { key: "Enter", keyCode: 229 }],
  ["a key that the input method processed", { key: "Process", keyCode: 229 }],
])("%s does not reach the page", (_, init) => {
  expect(press(init)).toEqual({ reached: false, prevented: false })
})

test.each(["Enter", "Escape", "k"])("%s reaches the page without a composition", (key) => {
  expect(press({ key, keyCode: 13 })).toEqual({ reached: true, prevented: false })
})
