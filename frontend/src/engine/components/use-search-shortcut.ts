import { type RefObject, useEffect } from "react"
import { isCtrlShortcut } from "@/engine/lib/shortcut"

/** "/" and Ctrl+K (⌘K on macOS) focus the search box. */
export function useSearchShortcut(input: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const isShortcut = isCtrlShortcut(event, "k")
      if (!isShortcut && (event.key !== "/" || isTyping(event.target))) return
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]")) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    document.addEventListener("keydown", onKeyDown)
    return () => document.removeEventListener("keydown", onKeyDown)
  }, [input])
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("input, textarea, select"))
