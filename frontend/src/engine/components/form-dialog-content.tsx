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
  /** Height class of the skeleton while a lazy form loads. */
  formHeight?: string
  /** Renders the form, which may be lazy. The form calls `onDirtyChange` with whether it has unsaved changes. */
  children: (onDirtyChange: (dirty: boolean) => void) => ReactNode
}

/** Dialog content with a form: a click outside does not close it, and Escape asks before unsaved changes are discarded. */
export function FormDialogContent({
  title,
  description,
  onClose,
  onCloseAutoFocus,
  formHeight = "h-68",
  children,
}: FormDialogContentProps) {
  // This state outlives the form: Radix keeps this component mounted while the dialog is closed.
  const dirty = useRef(false)
  const [confirming, setConfirming] = useState(false)

  function discard() {
    dirty.current = false
    setConfirming(false)
    onClose()
  }

  return (
    <DialogContent
      onInteractOutside={(event) => event.preventDefault()}
      onEscapeKeyDown={(event) => {
        if (!dirty.current) return
        event.preventDefault()
        setConfirming(true)
      }}
      onCloseAutoFocus={onCloseAutoFocus}
    >
      <DialogHeader>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{description}</DialogDescription>
      </DialogHeader>
      <Suspense fallback={<Skeleton className={formHeight} />}>
        {children((now) => {
          dirty.current = now
          // Loads the dialog early: in a browser its code comes from the backend, which may stop.
          if (now) loadDiscardDialog().catch(() => undefined)
        })}
      </Suspense>
      {confirming && (
        <Suspense>
          <DiscardDialog onKeepEditing={() => setConfirming(false)} onDiscard={discard} />
        </Suspense>
      )}
    </DialogContent>
  )
}
