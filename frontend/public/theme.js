// Sets the theme before the first paint and before any module. src/engine/lib/theme.ts does the same afterwards.
;(() => {
  let choice = null
  try {
    choice = localStorage.getItem("theme")
  } catch {
    // The browser blocks site data.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.classList.add(dark ? "dark" : "light")
})()
