import { Dialog } from "radix-ui"
import { type ReactNode, useState } from "react"

/**
 * A screen on top of a page that was in use. The page and its open dialogs stay mounted beneath, so that what was typed
 * is still there afterwards, and the cursor in it; a modal of its own, so that it works above theirs.
 */
export function FullScreenDialog({ title, children }: { title: string; children: ReactNode }) {
  const [focusedBefore] = useState(() => document.activeElement)
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
          <div className="m-auto w-full max-w-2xl">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
