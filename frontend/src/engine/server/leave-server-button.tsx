import { lazy, Suspense, useState } from "react"
import { toast } from "sonner"
import type { ButtonProps } from "@/components/ui/button"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorMessage } from "@/engine/connection/errors"
import { clearServerSessions } from "@/engine/connection/session"
import { switchToLocalData } from "@/engine/shell"

// Lazy: the login page does not need it.
const ConfirmDialog = lazy(() =>
  import("@/engine/components/confirm-dialog").then(({ ConfirmDialog }) => ({
    default: ConfirmDialog,
  })),
)

interface LeaveServerButtonProps extends Pick<ButtonProps, "variant" | "size" | "className"> {
  /** Asks for confirmation, for pages that may have unsaved text. */
  confirm?: boolean
}

/** Switches from the server back to this computer's data. */
export function LeaveServerButton({ confirm = false, ...props }: LeaveServerButtonProps) {
  const [confirming, setConfirming] = useState(false)
  const [leaving, setLeaving] = useState(false)

  async function leave() {
    setLeaving(true)
    try {
      await switchToLocalData(clearServerSessions) // the next user of this computer must not inherit the server login
    } catch (error) {
      setLeaving(false)
      setConfirming(false)
      toast.error("Could not switch back", { description: errorMessage(error) })
    }
  }

  return (
    <>
      <LoadingButton
        {...props}
        pending={leaving && !confirming}
        onClick={() => (confirm ? setConfirming(true) : void leave())}
      >
        Use this computer's data
      </LoadingButton>
      <Suspense>
        {confirming && (
          <ConfirmDialog
            title="Use this computer's data?"
            description="The app reloads with the data on this computer. Your data on the server stays there. Unsaved text is lost."
            confirmLabel="Use this computer's data"
            variant="default"
            topmost
            pending={leaving}
            onConfirm={leave}
            onClose={() => setConfirming(false)}
          />
        )}
      </Suspense>
    </>
  )
}
