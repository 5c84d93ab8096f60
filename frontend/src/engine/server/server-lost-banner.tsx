import { LoadingButton } from "@/components/ui/loading-button"
import { probeServer } from "@/engine/connection/connection"
import { ConnectionLostBanner } from "@/engine/screens/connection-lost-banner"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import type { ServerFailure } from "@/engine/shell"

/** Reports a transient failure of the server above a page, which stays usable. */
export default function ServerLostBanner({
  failure,
  retrying,
}: {
  failure: ServerFailure
  retrying: boolean
}) {
  return (
    <ConnectionLostBanner
      title={
        failure.code === "server_busy"
          ? "The server is busy"
          : "The connection to the server was lost"
      }
      description="You can't load or save anything until the connection is restored. Unsaved text stays in the window. The app tries again automatically."
    >
      <LoadingButton size="sm" variant="outline" pending={retrying} onClick={() => probeServer()}>
        Try again
      </LoadingButton>
      <LeaveServerButton size="sm" variant="ghost" confirm />
    </ConnectionLostBanner>
  )
}
