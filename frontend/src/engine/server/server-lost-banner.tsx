import { LoadingButton } from "@/components/ui/loading-button"
import { probeServer } from "@/engine/connection/connection"
import { ConnectionLostBanner } from "@/engine/screens/connection-lost-banner"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import type { ServerFailure } from "@/engine/shell"

/** On a page in use. It may pass, and what is typed there stays. */
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
          : "The connection to the server is lost"
      }
      text="Nothing can be loaded or saved until it is back. What you typed stays, and the app tries again by itself."
    >
      <LoadingButton size="sm" variant="outline" pending={retrying} onClick={() => probeServer()}>
        Try again
      </LoadingButton>
      <LeaveServerButton size="sm" variant="ghost" asks />
    </ConnectionLostBanner>
  )
}
