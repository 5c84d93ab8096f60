import "@testing-library/jest-dom/vitest"
import { setTimeout as turn } from "node:timers/promises"
import { cleanup, configure } from "@testing-library/react"
import { toast } from "sonner"
import { afterEach, beforeEach } from "vitest"
import { suppressImeKeys } from "@/engine/lib/ime"

// The first render of a lazily loaded form compiles it; on a busy machine that exceeds the default of one second.
configure({ asyncUtilTimeout: 5_000 })

// As `startEngine` does, before any other listener is registered.
suppressImeKeys()

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  document.documentElement.className = ""
  history.replaceState(null, "", "/")
})

afterEach(async () => {
  cleanup()
  // sonner keeps toasts outside React. Dismiss them after the unmount: a mounted Toaster would animate their exit.
  toast.dismiss()
  // Radix restores the focus and React finishes its work in later turns of the event loop, which need a document.
  await turn()
  await turn()
})

// APIs that jsdom lacks and Radix, sonner and TanStack Router call.
window.scrollTo = () => undefined
Element.prototype.scrollTo ??= () => undefined
Element.prototype.hasPointerCapture ??= () => false
Element.prototype.setPointerCapture ??= () => undefined
Element.prototype.scrollIntoView ??= () => undefined
window.matchMedia ??= (media) =>
  Object.assign(new EventTarget(), {
    media,
    matches: false,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  })
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
}
