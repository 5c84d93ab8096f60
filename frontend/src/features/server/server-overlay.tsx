import { CoveringDialog } from "@/features/connection/covering-dialog"
import ServerPanel, { kindOf } from "@/features/server/server-panel"
import type { ServerFailure } from "@/lib/shell"

/** On top of a page in use, whose server can't be used any more as it is. */
export default function ServerOverlay(props: { failure: ServerFailure; trying: boolean }) {
  return (
    <CoveringDialog title={kindOf(props.failure.code).title}>
      <ServerPanel {...props} inUse />
    </CoveringDialog>
  )
}
