import { Search, X } from "lucide-react"
import { useEffect, useRef, useState } from "react"
import { Button } from "@/components/ui/button"
import { Input } from "@/components/ui/input"
import { useSearchShortcut } from "@/engine/components/use-search-shortcut"
import { cn } from "@/lib/utils"

const DEBOUNCE_MS = 250

interface SearchBoxProps {
  label: string
  /** The current search text. */
  value: string
  /** The backend's limit, in characters. */
  maxLength: number
  /** Called when typing pauses, and immediately on Enter and when the text is cleared. */
  onSearch: (text: string) => void
  className?: string
}

/** A search field with debounce, clear button and keyboard shortcut. */
export function SearchBox({ label, value, maxLength, onSearch, className }: SearchBoxProps) {
  const [text, setText] = useState(value)
  const input = useRef<HTMLInputElement>(null)
  useSearchShortcut(input)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const lastSearch = useRef(value)
  useEffect(() => () => clearTimeout(timer.current), [])

  // `value` changed by other means, such as the Back button or a button that clears the search.
  useEffect(() => {
    if (value === lastSearch.current) return
    lastSearch.current = value
    clearTimeout(timer.current)
    setText(value)
  }, [value])

  function search(next: string) {
    clearTimeout(timer.current)
    const trimmed = next.trim()
    if (trimmed === lastSearch.current) return
    lastSearch.current = trimmed
    onSearch(trimmed)
  }

  function changeText(next: string) {
    setText(next)
    clearTimeout(timer.current)
    if (next) timer.current = setTimeout(() => search(next), DEBOUNCE_MS)
    else search("")
  }

  return (
    <div className={cn("relative block", className)}>
      <Search
        className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted-foreground"
        aria-hidden
      />
      <Input
        ref={input}
        // Not type="search": its native clear button differs between webviews.
        type="text"
        inputMode="search"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        maxLength={maxLength}
        value={text}
        onChange={(event) => changeText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search(text)
          if (event.key === "Escape") changeText("")
        }}
        className="pr-9 pl-9"
      />
      {text && (
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Clear search"
          onClick={() => {
            changeText("")
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
