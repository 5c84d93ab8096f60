import { readFileSync } from "node:fs"
import { beforeEach, expect, test, vi } from "vitest"
import { chooseTheme, syncTheme, themeChoice } from "@/engine/lib/theme"

const setWindowTheme = vi.hoisted(() => vi.fn())
vi.mock("@/engine/shell", () => ({ setWindowTheme }))

const themeScript = readFileSync("public/theme.js", "utf8")
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

test("a chosen theme is applied and persisted", () => {
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

test("changes of the system's theme apply only if no theme is chosen", () => {
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

test("a theme chosen in another tab is applied", () => {
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
  "public/theme.js applies the same theme: choice %s, system dark %s",
  (choice, dark, expected) => {
    systemIsDark = dark
    chooseTheme(choice)
    html.className = ""
    // biome-ignore lint/security/noGlobalEval: runs the project's own script as the page does.
    globalThis.eval(themeScript)
    expect(html).toHaveClass(expected, { exact: true })
  },
)

test("the window gets the chosen theme, or the system's theme if none is chosen", () => {
  syncTheme()
  chooseTheme("dark")
  expect(setWindowTheme).toHaveBeenLastCalledWith("dark", "dark")
  chooseTheme("system")
  expect(setWindowTheme).toHaveBeenLastCalledWith(null, "light")
})
