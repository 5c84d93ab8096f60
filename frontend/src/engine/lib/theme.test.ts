import { readFileSync } from "node:fs"
import { beforeEach, expect, test, vi } from "vitest"
import { chooseTheme, syncTheme, themeChoice } from "@/engine/lib/theme"

const setWindowTheme = vi.hoisted(() => vi.fn())
vi.mock("@/engine/shell", () => ({ setWindowTheme }))

const firstPaint = readFileSync("public/theme.js", "utf8")
const html = document.documentElement
let systemIsDark: boolean
let systemListeners: (() => void)[]

beforeEach(() => {
  systemIsDark = false
  systemListeners = []
  setWindowTheme.mockReset().mockResolvedValue(undefined)
  vi.stubGlobal("matchMedia", () => ({
    get matches() {
      return systemIsDark
    },
    addEventListener: (_: string, listener: () => void) => systemListeners.push(listener),
  }))
})

test("a choice is applied, and kept for the next start", () => {
  syncTheme()
  chooseTheme("dark")
  expect(html).toHaveClass("dark", { exact: true })
  chooseTheme("light")
  expect(html).toHaveClass("light", { exact: true })
  chooseTheme("dark")
  html.className = ""
  syncTheme()
  expect(html).toHaveClass("dark", { exact: true })
})

test("without a choice the system's changes are followed at once, with one they are not", () => {
  syncTheme()
  expect(html).toHaveClass("light", { exact: true })
  systemIsDark = true
  for (const listener of systemListeners) listener()
  expect(html).toHaveClass("dark", { exact: true })
  chooseTheme("light")
  for (const listener of systemListeners) listener()
  expect(html).toHaveClass("light", { exact: true })
  chooseTheme("system")
  expect(html).toHaveClass("dark", { exact: true })
})

test("a choice made in another tab is taken over", () => {
  syncTheme()
  localStorage.setItem("theme", "dark")
  window.dispatchEvent(new StorageEvent("storage", { key: "theme" }))
  expect(html).toHaveClass("dark", { exact: true })
  expect(themeChoice.get()).toBe("dark")
})

test.each([
  ["light", true, "light"],
  ["dark", false, "dark"],
  ["system", true, "dark"],
  ["system", false, "light"],
] as const)(
  "the script before the first paint agrees: %s, system dark %s",
  (choice, dark, expected) => {
    systemIsDark = dark
    chooseTheme(choice)
    html.className = ""
    // biome-ignore lint/security/noGlobalEval: it is the project's own script, run as the page runs it.
    globalThis.eval(firstPaint)
    expect(html).toHaveClass(expected, { exact: true })
  },
)

test("the window's frame and menu follow the choice, and the system where there is none", () => {
  syncTheme()
  chooseTheme("dark")
  expect(setWindowTheme).toHaveBeenLastCalledWith("dark", "dark")
  chooseTheme("system")
  expect(setWindowTheme).toHaveBeenLastCalledWith(null, "light")
})
