import { expect, test, vi } from "vitest"

// src/test/setup.ts calls suppressImeKeys, as main.tsx does.
const press = (init: KeyboardEventInit) => {
  const seen = vi.fn()
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init })
  document.addEventListener("keydown", seen, { once: true, capture: true })
  document.body.dispatchEvent(event)
  document.removeEventListener("keydown", seen, { capture: true })
  return { reached: seen.mock.calls.length > 0, prevented: event.defaultPrevented }
}

test.each([
  ["Enter while composing", { key: "Enter", isComposing: true }],
  ["Escape while composing", { key: "Escape", isComposing: true }],
  ["the Enter that ends a composition in WebKit", { key: "Enter", keyCode: 229 }],
  ["a key that the input method has processed", { key: "Process", keyCode: 229 }],
])("%s reaches the input method alone", (_, init) => {
  expect(press(init)).toEqual({ reached: false, prevented: false })
})

test.each(["Enter", "Escape", "k"])("%s reaches the page when nothing is composed", (key) => {
  expect(press({ key, keyCode: 13 })).toEqual({ reached: true, prevented: false })
})
