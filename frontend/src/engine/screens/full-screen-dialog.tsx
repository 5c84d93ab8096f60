import { Dialog } from "radix-ui"
import { type ReactNode, useState } from "react"
import { DialogHeader, DialogTitle } from "@/components/ui/dialog"
import { cn } from "@/lib/utils"

interface FullScreenDialogProps {
  title: string
  /** If set, title and description are visible. Otherwise `children` must contain a heading. */
  description?: ReactNode
  className?: string
  children: ReactNode
}

/**
 * A modal dialog that covers the window and cannot be dismissed. The page and its open dialogs stay mounted beneath;
 * on close the focus returns to the element that had it.
 */
export function FullScreenDialog({
  title,
  description,
  className,
  children,
}: FullScreenDialogProps) {
  const [previousFocus] = useState(() => document.activeElement)
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Content
          {...(!description && { "aria-describedby": undefined })}
          onEscapeKeyDown={(event) => event.preventDefault()}
          // The content sets the focus.
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            restoreFocus(previousFocus)
          }}
          className="fixed inset-0 z-[60] flex items-center overflow-y-auto bg-background p-6 outline-none"
        >
          <div className={cn("m-auto grid w-full max-w-2xl gap-6", className)}>
            {description ? (
              <DialogHeader className="pr-0">
                <DialogTitle>{title}</DialogTitle>
                <Dialog.Description className="text-muted-foreground text-sm">
                  {description}
                </Dialog.Description>
              </DialogHeader>
            ) : (
              <Dialog.Title className="sr-only">{title}</Dialog.Title>
            )}
            {children}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/**
 * Focuses `previous`. If that is the body, because the focused element was disabled, focuses the open dialog or
 * the page.
 */
function restoreFocus(previous: Element | null): void {
  const lost = previous === document.body
  const dialog = document.querySelector("[role$=dialog]")
  const target = lost ? (dialog ?? document.getElementById("content")) : previous
  if (target instanceof HTMLElement) target.focus()
}
