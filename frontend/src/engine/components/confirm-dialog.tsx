import type { ComponentProps, ReactNode } from "react"
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button, type ButtonProps } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError } from "@/engine/components/form-error"

interface ConfirmDialogProps
  extends Pick<ComponentProps<typeof AlertDialogContent>, "onCloseAutoFocus" | "topmost"> {
  title: string
  description: ReactNode
  confirmLabel: string
  cancelLabel?: string
  /** Variant of the confirm button; "destructive" by default. */
  variant?: ButtonProps["variant"]
  /** While the action runs, the dialog cannot be closed. */
  pending?: boolean
  error?: string | undefined
  onConfirm: () => void
  onClose: () => void
}

/** Asks the user to confirm an action. */
export function ConfirmDialog({
  title,
  description,
  confirmLabel,
  cancelLabel = "Cancel",
  variant = "destructive",
  pending = false,
  error,
  onConfirm,
  onClose,
  onCloseAutoFocus,
  topmost = false,
}: ConfirmDialogProps) {
  return (
    <AlertDialog open onOpenChange={(open) => !open && !pending && onClose()}>
      <AlertDialogContent onCloseAutoFocus={onCloseAutoFocus} topmost={topmost}>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>{title}</AlertDialogTitle>
          <AlertDialogDescription className="break-words">{description}</AlertDialogDescription>
        </DialogHeader>
        <FormError>{error}</FormError>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline" disabled={pending}>
              {cancelLabel}
            </Button>
          </AlertDialogCancel>
          <LoadingButton variant={variant} pending={pending} onClick={onConfirm}>
            {confirmLabel}
          </LoadingButton>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
