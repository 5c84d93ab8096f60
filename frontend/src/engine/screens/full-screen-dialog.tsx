import { Dialog } from "radix-ui"
import { type ReactNode, useState } from "react"

/**
 * A modal dialog that covers the window and cannot be dismissed. The page and its open dialogs stay mounted beneath;
 * on close the focus returns to the element that had it.
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
