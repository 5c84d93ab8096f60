import { toast } from "sonner"
import type { UserPublic } from "@/client/types.gen"
import { ConfirmDialog } from "@/components/confirm-dialog"
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
    <ConfirmDialog
      title="Delete User"
      text={`${user.full_name ? `${user.full_name} (${user.email})` : user.email} and all of their items will be deleted for good.`}
      action="Delete"
      pending={isPending}
      error={error ? errorMessage(error) : undefined}
      onConfirm={onDelete}
      onClose={onClose}
      onCloseAutoFocus={(event) => focusUserActions(event, user)}
    />
  )
}
