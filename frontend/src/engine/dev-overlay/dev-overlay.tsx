import { X } from "lucide-react"
import { useState } from "react"
import { Button } from "@/components/ui/button"
import { type Store, useStore } from "@/engine/lib/store"
import type { HotPatch } from "@/engine/shell"

/** The last lines of a traceback have the cause. */
const scrollToEnd = (element: HTMLPreElement | null) => {
  if (element) element.scrollTop = element.scrollHeight
}

/**
 * Reports problems of the last edit of the backend: code that cannot be applied, failed requests, findings of linter and
 * type checker, and changes of the API that the generated clients lack. Forms and dialogs beneath keep their state.
 */
export function DevOverlay({ report }: { report: Store<HotPatch> }) {
  const { failed_edit: failedEdit, notes, api_changes: apiChanges } = useStore(report)
  const [dismissed, setDismissed] = useState<unknown[]>([])
  const alerts = [
    failedEdit && { key: failedEdit, name: "Edit not applied", ...failedEdit },
    ...Object.entries(notes).map(([name, note]) => ({ key: note, name, ...note })),
    apiChanges && {
      key: apiChanges,
      name: "API changed",
      title: "The API has changed",
      text: apiChanges,
    },
  ].filter((alert) => alert && !dismissed.includes(alert.key))
  if (alerts.length === 0) return null
  return (
    <div className="pointer-events-auto fixed inset-x-3 bottom-3 z-[100] grid gap-3">
      {alerts.map(
        (alert) =>
          alert && (
            <section
              key={alert.name}
              role="alert"
              aria-label={alert.name}
              className="grid select-text gap-2 rounded-lg border border-danger-text/50 bg-popover p-3 text-popover-foreground shadow-lg"
            >
              <div className="flex items-start gap-3">
                <p className="min-w-0 flex-1 break-words font-medium text-danger-text text-sm">
                  {alert.title}
                </p>
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label={`Dismiss: ${alert.name}`}
                  onClick={() => setDismissed([...dismissed, alert.key])}
                >
                  <X aria-hidden />
                </Button>
              </div>
              {alert.text && (
                <pre
                  ref={scrollToEnd}
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
                  tabIndex={0}
                  className="max-h-56 overflow-auto rounded-md border bg-muted p-3 font-mono text-xs leading-relaxed"
                >
                  {alert.text}
                </pre>
              )}
            </section>
          ),
      )}
    </div>
  )
}
