import { X } from "lucide-react"
import { useState } from "react"
import { Button } from "@/components/ui/button"
import { type Store, useStore } from "@/engine/lib/store"
import type { HotPatch } from "@/engine/shell"

/** What went wrong is said last. */
const showEnd = (box: HTMLPreElement | null) => {
  if (box) box.scrollTop = box.scrollHeight
}

/**
 * What became of the last edit of the backend: that it can't be taken, which request failed, what lint and types say, and
 * what the clients don't know of the API.
 * It lies on top of the page, and a form under it, or a dialog, stays as it is.
 */
export function DevOverlay({ report }: { report: Store<HotPatch> }) {
  const { broken, notes, drift } = useStore(report)
  const [dismissed, setDismissed] = useState<unknown[]>([])
  const shown = [
    broken && { key: broken, name: "Broken edit", title: broken.title, text: broken.text },
    ...Object.entries(notes).map(([name, note]) => ({ key: note, name, ...note })),
    drift && { key: drift, name: "API changed", title: "The API has changed", text: drift },
  ].filter((part) => part && !dismissed.includes(part.key))
  if (shown.length === 0) return null
  return (
    <div className="pointer-events-auto fixed inset-x-3 bottom-3 z-[100] grid gap-3">
      {shown.map(
        (part) =>
          part && (
            <section
              key={part.name}
              role="alert"
              aria-label={part.name}
              className="grid select-text gap-2 rounded-lg border border-danger-text/50 bg-popover p-3 text-popover-foreground shadow-lg"
            >
              <div className="flex items-start gap-3">
                <p className="min-w-0 flex-1 break-words font-medium text-danger-text text-sm">
                  {part.title}
                </p>
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label={`Dismiss: ${part.name}`}
                  onClick={() => setDismissed([...dismissed, part.key])}
                >
                  <X aria-hidden />
                </Button>
              </div>
              {part.text && (
                <pre
                  ref={showEnd}
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable box must be reachable by keyboard.
                  tabIndex={0}
                  className="max-h-56 overflow-auto rounded-md border bg-muted p-3 font-mono text-xs leading-relaxed"
                >
                  {part.text}
                </pre>
              )}
            </section>
          ),
      )}
    </div>
  )
}
