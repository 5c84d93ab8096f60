import { FullScreenDialog } from "@/engine/screens/full-screen-dialog"
import ServerPanel, { displayOf } from "@/engine/server/server-panel"
import type { ServerFailure } from "@/engine/shell"

/** Reports a permanent failure of the server above a page, which stays mounted. */
export default function ServerOverlay(props: { failure: ServerFailure; retrying: boolean }) {
  return (
    <FullScreenDialog title={displayOf(props.failure.code).title}>
      <ServerPanel {...props} coversPage />
    </FullScreenDialog>
  )
}
