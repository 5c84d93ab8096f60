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
  /** What the button says that does it. */
  action: string
  cancel?: string
  /** Of that button; by default it warns. */
  variant?: ButtonProps["variant"]
  /** While it is done, nothing closes the dialog. */
  pending?: boolean
  error?: string | undefined
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something that can't be undone, or not easily, or that changes everything one sees. */
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
