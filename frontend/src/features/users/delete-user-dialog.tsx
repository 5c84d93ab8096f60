import { toast } from "sonner"
import type { UserPublic } from "@/client/types.gen"
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"
import { FormError } from "@/components/ui/form-error"
import { LoadingButton } from "@/components/ui/loading-button"
import { useDeleteUser } from "@/features/users/queries"
import { focusUserActions } from "@/features/users/user-actions"
import { errorMessage } from "@/lib/errors"

interface DeleteUserDialogProps {
  user: UserPublic
  onClose: () => void
}

export function DeleteUserDialog({ user, onClose }: DeleteUserDialogProps) {
  const { mutate, isPending, error } = useDeleteUser()

  function onDelete() {
    mutate(user.id, {
      onSuccess: () => {
        toast.success("User deleted successfully")
        onClose()
      },
    })
  }

  return (
    <AlertDialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <AlertDialogContent onCloseAutoFocus={(event) => focusUserActions(event, user)}>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>Delete User</AlertDialogTitle>
          <AlertDialogDescription className="break-words">
            {user.full_name ? `${user.full_name} (${user.email})` : user.email} and all of their
            items will be deleted for good.
          </AlertDialogDescription>
        </DialogHeader>
        <FormError>{error ? errorMessage(error) : undefined}</FormError>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline" disabled={isPending}>
              Cancel
            </Button>
          </AlertDialogCancel>
          <LoadingButton variant="destructive" pending={isPending} onClick={onDelete}>
            Delete
          </LoadingButton>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
