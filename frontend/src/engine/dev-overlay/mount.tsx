import type { QueryClient } from "@tanstack/react-query"
import { createRoot } from "react-dom/client"
import { DevOverlay } from "@/engine/dev-overlay/dev-overlay"
import { keepFromDialogs } from "@/engine/lib/keep-from-dialogs"
import { createStore } from "@/engine/lib/store"
import { type HotPatch, onHotPatch } from "@/engine/shell"

/** Shows what becomes of edits of the backend, beside the app and not in it. Resolves once nothing is missed. */
export async function mountDevOverlay(queryClient: QueryClient): Promise<void> {
  const report = createStore<HotPatch>({ broken: null, drift: null, patches: 0 })
  const place = document.createElement("div")
  keepFromDialogs(place)
  document.body.append(place)
  createRoot(place).render(<DevOverlay report={report} />)
  await onHotPatch((next) => {
    const { broken, patches } = report.get()
    const patched = next.patches !== patches
    // Said once more, it is the same: what was dismissed stays away.
    const same = broken?.title === next.broken?.title && broken?.text === next.broken?.text
    report.set(same ? { ...next, broken } : next)
    // What the new code makes of the data is on the page at once.
    if (patched) void queryClient.invalidateQueries()
  })
}
