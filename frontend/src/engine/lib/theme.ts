/** The color theme: a class on <html>. public/theme.js sets it before the first paint. */

import { createStore } from "@/engine/lib/store"
import { setWindowTheme } from "@/engine/shell"

export type ThemeChoice = "light" | "dark" | "system"

const STORAGE_KEY = "theme"
const DARK_QUERY = "(prefers-color-scheme: dark)"

/** The stored choice. */
export const themeChoice = createStore<ThemeChoice>("system")

/** Stores and applies a choice. */
export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(STORAGE_KEY, choice)
  apply(choice)
}

/**
 * Applies the stored choice now, and again when the system's theme changes or another tab stores a choice. Call
 * once.
 */
export function syncTheme(): void {
  const update = () => apply(readChoice())
  update()
  window.matchMedia(DARK_QUERY).addEventListener("change", update)
  window.addEventListener("storage", (event) => {
    if (event.key === STORAGE_KEY || event.key === null) update()
  })
}

function readChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE_KEY)
  return stored === "light" || stored === "dark" ? stored : "system"
}

/**
 * Whether the choice has been light or dark since the page loaded. Until then the window's theme is not set:
 * setting it to the system's (null) would undo a dark GTK theme on Linux.
 */
let isWindowThemeSet = false

function apply(choice: ThemeChoice): void {
  const dark = choice === "dark" || (choice === "system" && window.matchMedia(DARK_QUERY).matches)
  document.documentElement.classList.toggle("dark", dark)
  document.documentElement.classList.toggle("light", !dark)
  isWindowThemeSet ||= choice !== "system"
  if (isWindowThemeSet) {
    const windowTheme = choice === "system" ? null : choice
    // A failure affects the color of the window's frame only.
    setWindowTheme(windowTheme, dark ? "dark" : "light").catch(() => undefined)
  }
  themeChoice.set(choice)
}
