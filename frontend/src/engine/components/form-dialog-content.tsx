import { lazy, type ReactNode, Suspense, useRef, useState } from "react"
import { DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"

const loadDiscardDialog = () => import("@/engine/components/discard-dialog")
const DiscardDialog = lazy(loadDiscardDialog)

interface FormDialogContentProps {
  title: string
  description: ReactNode
  onClose: () => void
  onCloseAutoFocus?: ((event: Event) => void) | undefined
  /** A class of about the height of a form that is loaded lazily. */
  formHeight?: string
  /** The form, perhaps loaded lazily. It tells `onUnsaved` whether something would be lost with it. */
  children: (onUnsaved: (unsaved: boolean) => void) => ReactNode
}

/** A dialog's content that is a form: a stray click doesn't close it, and Escape asks before typed text is lost. */
export function FormDialogContent({
  title,
  description,
  onClose,
  onCloseAutoFocus,
  formHeight = "h-68",
  children,
}: FormDialogContentProps) {
  // Both outlive the form: Radix keeps this component while the dialog is closed.
  const unsaved = useRef(false)
  const [asking, setAsking] = useState(false)

  function discard() {
    unsaved.current = false
    setAsking(false)
    onClose()
  }

  return (
    <DialogContent
      onInteractOutside={(event) => event.preventDefault()}
      onEscapeKeyDown={(event) => {
        if (!unsaved.current) return
        event.preventDefault()
        setAsking(true)
      }}
      onCloseAutoFocus={onCloseAutoFocus}
    >
      <DialogHeader>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{description}</DialogDescription>
      </DialogHeader>
      <Suspense fallback={<Skeleton className={formHeight} />}>
        {children((now) => {
          unsaved.current = now
          // While the backend, which in a browser has it, is still there.
          if (now) loadDiscardDialog().catch(() => undefined)
        })}
      </Suspense>
      {asking && (
        <Suspense>
          <DiscardDialog onKeep={() => setAsking(false)} onDiscard={discard} />
        </Suspense>
      )}
    </DialogContent>
  )
}
