import { RotateCw } from "lucide-react"
import { useState } from "react"
import { LoadingButton } from "@/components/ui/loading-button"
import { Notice } from "@/engine/components/notice"
import { restartBackend, runsInShell } from "@/engine/shell"

/** Changes wait for a restart of the backend, which the window can do by itself. */
export function RestartNotice() {
  const [restarting, setRestarting] = useState(false)

  async function restart() {
    setRestarting(true)
    try {
      await restartBackend()
    } catch {
      // The window shows a backend that does not start, and why, in place of this page.
    } finally {
      setRestarting(false)
    }
  }

  return (
    <Notice
      role="status"
      icon={RotateCw}
      action={
        runsInShell() && (
          <LoadingButton size="sm" pending={restarting} onClick={restart}>
            Restart backend now
          </LoadingButton>
        )
      }
    >
      <p className="font-medium">Some changes take effect after a restart of the backend</p>
      {!runsInShell() && (
        <p className="text-muted-foreground">
          Stop it with Ctrl-C where it was started, start it again, and open the new address.
        </p>
      )}
    </Notice>
  )
}
