import FailurePanel from "@/engine/screens/failure-panel"
import { FullScreenDialog } from "@/engine/screens/full-screen-dialog"
import type { BackendFailure } from "@/engine/shell"

interface FailureOverlayProps {
  failure: BackendFailure
  status: "failed" | "restart_failed"
  title: string
}

/** The failure screen above a page, which stays mounted. */
export default function FailureOverlay({ failure, status, title }: FailureOverlayProps) {
  return (
    <FullScreenDialog title={title}>
      <FailurePanel failure={failure} status={status} title={title} />
    </FullScreenDialog>
  )
}
