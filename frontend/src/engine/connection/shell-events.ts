import { toast } from "sonner"
import { connection } from "@/engine/connection/connection"
import { hasPage } from "@/engine/connection/page-visibility"
import { onDownload, onOpenSettings, runsInShell } from "@/engine/shell"
import type { AppRouter } from "@/router"

/** Does what the window's menu asks for, and tells where a file went; a browser does both by itself. */
export function followShell(router: AppRouter): void {
  if (!runsInShell()) return
  void onOpenSettings(() => {
    // A form in a dialog asks before it is left; the menu is no way around that, nor around a screen that covers the page.
    const isOpen = hasPage(connection.get()) && !document.querySelector("[role=dialog] form")
    if (isOpen) void router.navigate({ to: "/settings" })
  })
  void onDownload(({ path, ok }) => {
    if (!ok) toast.error("The file could not be saved.")
    else toast.success(path ? `Saved to ${path}` : "Saved to your downloads")
  })
}
