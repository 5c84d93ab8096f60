import { FullScreenDialog } from "@/engine/screens/full-screen-dialog"
import ServerPanel, { kindOf } from "@/engine/server/server-panel"
import type { ServerFailure } from "@/engine/shell"

/** On top of a page in use, whose server can't be used any more as it is. */
export default function ServerOverlay(props: { failure: ServerFailure; retrying: boolean }) {
  return (
    <FullScreenDialog title={kindOf(props.failure.code).title}>
      <ServerPanel {...props} inUse />
    </FullScreenDialog>
  )
}
