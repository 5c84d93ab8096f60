import { Dialog } from "radix-ui"
import { FailurePanel } from "@/features/connection/failure-panel"
import type { BackendFailure } from "@/lib/shell"

/**
 * The failure screen on top of a page that was in use. The page and its open dialogs stay mounted beneath,
 * so that what was typed is still there after a Retry; a modal of its own, so that it works above theirs.
 */
export function FailureOverlay({ failure }: { failure: BackendFailure }) {
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-[60] bg-background/95" />
        <Dialog.Content
          aria-describedby={undefined}
          onEscapeKeyDown={(event) => event.preventDefault()}
          className="fixed inset-0 z-[60] flex items-center overflow-y-auto p-6 outline-none"
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
