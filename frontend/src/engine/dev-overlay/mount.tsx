import type { QueryClient } from "@tanstack/react-query"
import { createRoot } from "react-dom/client"
import { DevOverlay } from "@/engine/dev-overlay/dev-overlay"
import { isolateFromDialogs } from "@/engine/lib/isolate-from-dialogs"
import { createStore } from "@/engine/lib/store"
import { type HotPatch, onHotPatch } from "@/engine/shell"

interface Report {
  title: string
  text: string
}

/** Returns the previous object for an equal report: a dismissed report stays dismissed when it is repeated. */
function reuseIfEqual<T extends Report>(before: T | null | undefined, next: T): T {
  return before?.title === next.title && before.text === next.text ? before : next
}

/** Mounts the overlay in a separate React root. Resolves when it receives all reports. */
export async function mountDevOverlay(queryClient: QueryClient): Promise<void> {
  const report = createStore<HotPatch>({ broken: null, notes: {}, drift: null, patches: 0 })
  const container = document.createElement("div")
  isolateFromDialogs(container)
  document.body.append(container)
  createRoot(container).render(<DevOverlay report={report} />)
  await onHotPatch((next) => {
    const before = report.get()
    const patched = next.patches !== before.patches
    report.set({
      ...next,
      broken: next.broken && reuseIfEqual(before.broken, next.broken),
      notes: Object.fromEntries(
        Object.entries(next.notes).map(([name, note]) => [
          name,
          reuseIfEqual(before.notes[name], note),
        ]),
      ),
    })
    // Shows the results of the new code.
    if (patched) void queryClient.invalidateQueries()
  })
}
