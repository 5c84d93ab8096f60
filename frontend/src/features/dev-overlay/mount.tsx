import type { QueryClient } from "@tanstack/react-query"
import { createRoot } from "react-dom/client"
import { DevOverlay } from "@/features/dev-overlay/dev-overlay"
import { type HotPatch, onHotPatch } from "@/lib/shell"
import { createStore } from "@/lib/store"

/** An open dialog would take a press outside of it for the wish to close it. */
const KEPT_FROM_DIALOGS = ["pointerdown", "mousedown", "touchstart", "focusin"]

/** Shows what becomes of edits of the backend, beside the app and not in it. Resolves once nothing is missed. */
export async function mountDevOverlay(queryClient: QueryClient): Promise<void> {
  const report = createStore<HotPatch>({ broken: null, drift: null, patches: 0 })
  const place = document.createElement("div")
  for (const event of KEPT_FROM_DIALOGS) {
    place.addEventListener(event, (happened) => happened.stopPropagation())
  }
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
