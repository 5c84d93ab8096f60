import { Dialog } from "radix-ui"
import { useRef } from "react"
import { FailurePanel } from "@/features/connection/failure-panel"
import type { BackendFailure } from "@/lib/shell"

/**
 * The failure screen on top of a page that was in use. The page and its open dialogs stay mounted beneath,
 * so that after a Retry what was typed is still there, and the cursor in it; a modal of its own, so that it
 * works above theirs.
 */
export function FailureOverlay({ failure }: { failure: BackendFailure }) {
  const focusedBefore = useRef<Element>(null)
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Content
          aria-describedby={undefined}
          onEscapeKeyDown={(event) => event.preventDefault()}
          onOpenAutoFocus={() => {
            focusedBefore.current = document.activeElement
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            if (focusedBefore.current instanceof HTMLElement) focusedBefore.current.focus()
          }}
          className="fixed inset-0 z-[60] flex items-center overflow-y-auto bg-background p-6 outline-none"
        >
          <Dialog.Title className="sr-only">The backend stopped</Dialog.Title>
          <div className="m-auto w-full max-w-2xl">
            <FailurePanel failure={failure} title="The backend stopped" />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
