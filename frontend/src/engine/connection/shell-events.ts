import { toast } from "sonner"
import { connection } from "@/engine/connection/connection"
import { isPageShown } from "@/engine/connection/connection-states"
import { onDownload, onOpenSettings, runsInShell } from "@/engine/shell"

/** Handles the window's Settings menu item and reports finished downloads. Does nothing in a browser. */
export function handleShellEvents(openSettings: () => void): void {
  if (!runsInShell()) return
  void onOpenSettings(() => {
    // The menu item must not skip the confirmation of an open form or leave a full-screen state.
    const canNavigate =
      isPageShown(connection.get()) && !document.querySelector("[role=dialog] form")
    if (canNavigate) openSettings()
  })
  void onDownload(({ path, ok }) => {
    if (!ok) toast.error("The file could not be saved. Check your downloads folder and try again.")
    else toast.success(path ? `Saved to ${path}` : "Saved to your downloads folder")
  })
}
