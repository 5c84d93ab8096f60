import "@testing-library/jest-dom/vitest"
import { setTimeout as turn } from "node:timers/promises"
import { cleanup, configure } from "@testing-library/react"
import { toast } from "sonner"
import { afterEach, beforeEach } from "vitest"
import { hideComposingKeys } from "@/engine/lib/input-method"

// The first use of a lazily loaded form compiles it, on a busy machine for longer than the default second.
configure({ asyncUtilTimeout: 5_000 })

// As main.tsx does, before anything listens.
hideComposingKeys()

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  document.documentElement.className = ""
  history.replaceState(null, "", "/")
})

afterEach(async () => {
  cleanup()
  toast.dismiss() // sonner keeps its toasts outside React; afterwards, so that none fades out in a page that is gone
  // Radix gives the focus back, and React ends its work, a turn of the event loop later: while there still is a page.
  await turn()
  await turn()
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
