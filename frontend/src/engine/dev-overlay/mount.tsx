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

/** Mounts the overlay in a separate React root. Resolves when it listens for reports, so that none is missed afterwards. */
export async function mountDevOverlay(queryClient: QueryClient): Promise<void> {
  const report = createStore<HotPatch>({
    failed_edit: null,
    notes: {},
    api_changes: null,
    patches: 0,
  })
  const container = document.createElement("div")
  isolateFromDialogs(container)
  document.body.append(container)
  createRoot(container).render(<DevOverlay report={report} />)
  await onHotPatch((next) => {
    const before = report.get()
    const patched = next.patches !== before.patches
    report.set({
      ...next,
      failed_edit: next.failed_edit && reuseIfEqual(before.failed_edit, next.failed_edit),
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
