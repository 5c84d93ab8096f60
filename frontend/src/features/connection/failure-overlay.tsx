import { CoveringDialog } from "@/features/connection/covering-dialog"
import FailurePanel from "@/features/connection/failure-panel"
import type { BackendFailure } from "@/lib/shell"

interface FailureOverlayProps {
  failure: BackendFailure
  status: "failed" | "given_up"
}

/** The failure screen on top of a page that was in use. */
export default function FailureOverlay({ failure, status }: FailureOverlayProps) {
  const title = status === "given_up" ? "The backend keeps stopping" : "The backend stopped"
  return (
    <CoveringDialog title={title}>
      <FailurePanel failure={failure} status={status} title={title} />
    </CoveringDialog>
  )
}
