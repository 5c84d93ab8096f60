/** Light, dark or as the system: the class on <html>. public/theme.js does the same before the first paint. */
import { setWindowTheme } from "@/lib/shell"
import { createStore } from "@/lib/store"

export type ThemeChoice = "light" | "dark" | "system"

const STORAGE_KEY = "theme"
const DARK_QUERY = "(prefers-color-scheme: dark)"

export const themeChoice = createStore<ThemeChoice>("system")

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(STORAGE_KEY, choice)
  apply(choice)
}

/** Applies the stored choice and from then on follows the system and the app's other tabs. */
export function followTheme(): void {
  const reread = () => apply(readChoice())
  themeChoice.subscribe(dressWindow)
  reread()
  window.matchMedia(DARK_QUERY).addEventListener("change", reread)
  window.addEventListener("storage", (event) => {
    if (event.key === STORAGE_KEY || event.key === null) reread()
  })
}

function readChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE_KEY)
  return stored === "light" || stored === "dark" ? stored : "system"
}

function dressWindow(): void {
  const choice = themeChoice.get()
  // A frame of another colour harms nobody.
  setWindowTheme(choice === "system" ? null : choice).catch(() => undefined)
}

function apply(choice: ThemeChoice): void {
  const dark = choice === "dark" || (choice === "system" && window.matchMedia(DARK_QUERY).matches)
  document.documentElement.classList.toggle("dark", dark)
  document.documentElement.classList.toggle("light", !dark)
  themeChoice.set(choice)
}
