import { Dialog } from "radix-ui"
import { useState } from "react"
import FailurePanel from "@/features/connection/failure-panel"
import type { BackendFailure } from "@/lib/shell"

interface FailureOverlayProps {
  failure: BackendFailure
  status: "failed" | "given_up"
}

/**
 * The failure screen on top of a page that was in use. The page and its open dialogs stay mounted beneath,
 * so that after a Retry what was typed is still there, and the cursor in it; a modal of its own, so that it
 * works above theirs.
 */
export default function FailureOverlay({ failure, status }: FailureOverlayProps) {
  const [focusedBefore] = useState(() => document.activeElement)
  const title = status === "given_up" ? "The backend keeps stopping" : "The backend stopped"
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          onEscapeKeyDown={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            if (focusedBefore instanceof HTMLElement) focusedBefore.focus()
          }}
          className="fixed inset-0 z-[60] flex items-center overflow-y-auto bg-background p-6 outline-none"
        >
          <Dialog.Title className="sr-only">{title}</Dialog.Title>
          <div className="m-auto w-full max-w-2xl">
            <FailurePanel failure={failure} status={status} title={title} />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
