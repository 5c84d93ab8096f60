import { RotateCw } from "lucide-react"
import { useState } from "react"
import { LoadingButton } from "@/components/ui/loading-button"
import { Notice } from "@/engine/components/notice"
import { restartBackend, runsInShell } from "@/engine/shell"

/** Reports that changed settings need a restart; the window has a button for it. */
export function RestartNotice() {
  const [restarting, setRestarting] = useState(false)

  async function restart() {
    setRestarting(true)
    try {
      await restartBackend()
    } catch {
      // BackendGate covers this page with the failure.
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
            Restart now
          </LoadingButton>
        )
      }
    >
      <p className="font-medium">Restart to apply your changes</p>
      {!runsInShell() && (
        <p className="text-muted-foreground">
          Stop the backend with Ctrl+C in its terminal, start it again and open the address it
          prints.
        </p>
      )}
    </Notice>
  )
}
