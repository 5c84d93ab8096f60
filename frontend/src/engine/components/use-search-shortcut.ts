import { type RefObject, useEffect } from "react"
import { isCtrlShortcut } from "@/engine/lib/shortcut"

/** "/" and Ctrl+K (or ⌘K) put the focus into the search box inside `area`. */
export function useSearchShortcut(area: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const chord = isCtrlShortcut(event, "k")
      if (!chord && (event.key !== "/" || isTyping(event.target))) return
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return
      const box = area.current?.querySelector<HTMLInputElement>("[role=searchbox]")
      if (!box) return
      event.preventDefault()
      box.focus()
      box.select()
    }
    document.addEventListener("keydown", onKeyDown)
    return () => document.removeEventListener("keydown", onKeyDown)
  }, [area])
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input, textarea, select"))
