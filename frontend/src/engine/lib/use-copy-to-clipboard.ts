import { useEffect, useRef, useState } from "react"
import { toast } from "sonner"
import { copyText } from "@/engine/lib/clipboard"

const COPIED_MS = 2_000

/** Copies text to the clipboard. `copied` is true for two seconds after each copy; a toast reports a failure. */
export function useCopyToClipboard(): { copied: boolean; copy: (text: string) => Promise<void> } {
  const [copied, setCopied] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  async function copy(text: string) {
    try {
      await copyText(text)
    } catch {
      toast.error("The text could not be copied. Select it and copy it manually.")
      return
    }
    setCopied(true)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setCopied(false), COPIED_MS)
  }
  return { copied, copy }
}
