import type { QueryClient } from "@tanstack/react-query"
import { createRoot } from "react-dom/client"
import { DevOverlay } from "@/engine/dev-overlay/dev-overlay"
import { isolateFromDialogs } from "@/engine/lib/isolate-from-dialogs"
import { createStore } from "@/engine/lib/store"
import { type HotPatch, onHotPatch } from "@/engine/shell"

interface Fault {
  title: string
  text: string
}

/** A fault that is reported again is the same object: once dismissed, it stays dismissed. */
function unlessRepeated<T extends Fault>(before: T | null | undefined, next: T): T {
  return before?.title === next.title && before.text === next.text ? before : next
}

/** Shows what becomes of edits of the backend, beside the app and not in it. Resolves once nothing is missed. */
export async function mountDevOverlay(queryClient: QueryClient): Promise<void> {
  const report = createStore<HotPatch>({ broken: null, notes: {}, drift: null, patches: 0 })
  const place = document.createElement("div")
  isolateFromDialogs(place)
  document.body.append(place)
  createRoot(place).render(<DevOverlay report={report} />)
  await onHotPatch((next) => {
    const before = report.get()
    const patched = next.patches !== before.patches
    report.set({
      ...next,
      broken: next.broken && unlessRepeated(before.broken, next.broken),
      notes: Object.fromEntries(
        Object.entries(next.notes).map(([name, note]) => [
          name,
          unlessRepeated(before.notes[name], note),
        ]),
      ),
    })
    // What the new code makes of the data is on the page at once.
    if (patched) void queryClient.invalidateQueries()
  })
}
