/** Light, dark or as the system: the class on <html>. public/theme.js does the same before the first paint. */

import { createStore } from "@/engine/lib/store"
import { setWindowTheme } from "@/engine/shell"

export type ThemeChoice = "light" | "dark" | "system"

const STORAGE_KEY = "theme"
const DARK_QUERY = "(prefers-color-scheme: dark)"

export const themeChoice = createStore<ThemeChoice>("system")

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(STORAGE_KEY, choice)
  apply(choice)
}

/** Applies the stored choice and from then on follows the system and the app's other tabs. */
export function syncTheme(): void {
  const reread = () => apply(readChoice())
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

/** Until something was chosen the window is left as it opened: on Linux "as the system" would undo a dark one. */
let isDressed = false

function apply(choice: ThemeChoice): void {
  const dark = choice === "dark" || (choice === "system" && window.matchMedia(DARK_QUERY).matches)
  document.documentElement.classList.toggle("dark", dark)
  document.documentElement.classList.toggle("light", !dark)
  isDressed ||= choice !== "system"
  if (isDressed) {
    const frame = choice === "system" ? null : choice
    setWindowTheme(frame, dark ? "dark" : "light").catch(() => undefined) // a frame of another colour harms nobody
  }
  themeChoice.set(choice)
}
