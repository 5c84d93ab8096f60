import { useEffect, useRef, useState } from "react"
import { toast } from "sonner"
import { copyText } from "@/engine/lib/clipboard"

const SHOW_COPIED_MS = 2_000

/** `copied` is true for a moment after each copy. */
export function useCopy(): { copied: boolean; copy: (text: string) => Promise<void> } {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  async function copy(text: string) {
    try {
      await copyText(text)
    } catch {
      toast.error("The text could not be copied.")
      return
    }
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), SHOW_COPIED_MS)
  }
  return { copied, copy }
}
