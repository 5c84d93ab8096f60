import { Search, X } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"
import { useSearchShortcut } from "@/engine/components/use-search-shortcut"
import { cn } from "@/lib/utils"

const TYPING_PAUSE_MS = 250

interface SearchBoxProps {
  label: string
  /** What is searched for now. */
  value: string
  /** As many characters as the backend takes. */
  maxLength: number
  /** Called once typing pauses, and at once by Enter or when the box is cleared. */
  onSearch: (text: string) => void
  className?: string
}

export function SearchBox({ label, value, maxLength, onSearch, className }: SearchBoxProps) {
  const [text, setText] = useState(value)
  const input = useRef<HTMLInputElement>(null)
  useSearchShortcut(input)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const asked = useRef(value)
  useEffect(() => () => clearTimeout(timer.current), [])

  // The address changed by other means, such as the Back button.
  useEffect(() => {
    if (value === asked.current) return
    asked.current = value
    clearTimeout(timer.current)
    setText(value)
  }, [value])

  function ask(next: string) {
    clearTimeout(timer.current)
    const trimmed = next.trim()
    if (trimmed === asked.current) return
    asked.current = trimmed
    onSearch(trimmed)
  }

  function type(next: string) {
    setText(next)
    clearTimeout(timer.current)
    if (next) timer.current = setTimeout(() => ask(next), TYPING_PAUSE_MS)
    else ask("")
  }

  return (
    <div className={cn("relative block", className)}>
      <Search
        className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted-foreground"
        aria-hidden
      />
      <Input
        ref={input}
        // Not type="search", whose own clear button looks different in every webview.
        type="text"
        inputMode="search"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        maxLength={maxLength}
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") ask(text)
          if (event.key === "Escape") type("")
        }}
        className="pr-9 pl-9"
      />
      {text && (
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Clear search"
          onClick={() => {
            type("")
            input.current?.focus()
          }}
          className="absolute top-0.5 right-0.5 text-muted-foreground"
        >
          <X />
        </Button>
      )}
    </div>
  )
}
