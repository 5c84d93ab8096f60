import "@testing-library/jest-dom/vitest"
import { cleanup, configure } from "@testing-library/react"
import { toast } from "sonner"
import { afterEach, beforeEach } from "vitest"

// The first use of a lazily loaded form compiles it, on a busy machine for longer than the default second.
configure({ asyncUtilTimeout: 5_000 })

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  document.documentElement.className = ""
  history.replaceState(null, "", "/")
})

afterEach(() => {
  toast.dismiss() // sonner keeps its toasts outside React
  cleanup()
})

// What jsdom lacks, and Radix, sonner and the router call.
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
