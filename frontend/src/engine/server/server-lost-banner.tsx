import { LoadingButton } from "@/components/ui/loading-button"
import { tryServer } from "@/engine/connection/connection"
import { LostBar } from "@/engine/screens/connection-lost-banner"
import { LeaveServerButton } from "@/engine/server/leave-server"
import type { ServerFailure } from "@/engine/shell"

/** On a page in use. It may pass, and what is typed there stays. */
export default function LostServerBar({
  failure,
  trying,
}: {
  failure: ServerFailure
  trying: boolean
}) {
  return (
    <LostBar
      title={
        failure.code === "server_busy"
          ? "The server is busy"
          : "The connection to the server is lost"
      }
      text="Nothing can be loaded or saved until it is back. What you typed stays, and the app tries again by itself."
    >
      <LoadingButton size="sm" variant="outline" pending={trying} onClick={() => tryServer()}>
        Try again
      </LoadingButton>
      <LeaveServerButton size="sm" variant="ghost" asks />
    </LostBar>
  )
}
