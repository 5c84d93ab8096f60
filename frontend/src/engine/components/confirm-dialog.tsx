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
  text: ReactNode
  /** Label of the confirm button. */
  action: string
  cancel?: string
  /** Variant of the confirm button; "destructive" by default. */
  variant?: ButtonProps["variant"]
  /** While the action runs, the dialog cannot be closed. */
  pending?: boolean
  error?: string | undefined
  onConfirm: () => void
  onClose: () => void
}

/** Asks for confirmation of a destructive or far-reaching action. */
export function ConfirmDialog({
  title,
  text,
  action,
  cancel = "Cancel",
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
          <AlertDialogDescription className="break-words">{text}</AlertDialogDescription>
        </DialogHeader>
        <FormError>{error}</FormError>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline" disabled={pending}>
              {cancel}
            </Button>
          </AlertDialogCancel>
          <LoadingButton variant={variant} pending={pending} onClick={onConfirm}>
            {action}
          </LoadingButton>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
