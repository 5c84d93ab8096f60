import { lazy, Suspense, useState } from "react"
import { toast } from "sonner"
import type { ButtonProps } from "@/components/ui/button"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorMessage } from "@/engine/connection/errors"
import { endSession } from "@/engine/connection/session"
import { switchToLocalData } from "@/engine/shell"

// The login shows the button too, and never the question.
const ConfirmDialog = lazy(() =>
  import("@/engine/components/confirm-dialog").then(({ ConfirmDialog }) => ({
    default: ConfirmDialog,
  })),
)

interface LeaveServerButtonProps extends Pick<ButtonProps, "variant" | "size" | "className"> {
  /** On a page in use: something may have been typed there, which the page forgets. */
  asks?: boolean
}

/** Back to this computer's data, which is as it was left. */
export function LeaveServerButton({ asks = false, ...props }: LeaveServerButtonProps) {
  const [asking, setAsking] = useState(false)
  const [leaving, setLeaving] = useState(false)

  async function leave() {
    setLeaving(true)
    try {
      await switchToLocalData(endSession) // whoever comes next to this computer must log in there
    } catch (error) {
      setLeaving(false)
      setAsking(false)
      toast.error("The server is still used", { description: errorMessage(error) })
    }
  }

  return (
    <>
      <LoadingButton
        {...props}
        pending={leaving && !asking}
        onClick={() => (asks ? setAsking(true) : void leave())}
      >
        Use this computer's data
      </LoadingButton>
      <Suspense>
        {asking && (
          <ConfirmDialog
            title="Use this computer's data?"
            text="The app starts anew with the data on this computer, as you left it. What is on the server stays there; what you are typing is not kept."
            action="Use this computer's data"
            variant="default"
            topmost
            pending={leaving}
            onConfirm={leave}
            onClose={() => setAsking(false)}
          />
        )}
      </Suspense>
    </>
  )
}
