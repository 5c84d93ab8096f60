import { toast } from "sonner"
import type { UserPublic } from "@/client/types.gen"
import { ConfirmDialog, errorMessage, focusRowActions } from "@/engine"
import { displayName } from "@/features/users/current-user"
import { useDeleteUser } from "@/features/users/queries"

interface DeleteUserDialogProps {
  user: UserPublic
  onClose: () => void
}

export function DeleteUserDialog({ user, onClose }: DeleteUserDialogProps) {
  const { mutate, isPending, error } = useDeleteUser()

  function onDelete() {
    mutate(user.id, {
      onSuccess: () => {
        toast.success("The user was deleted successfully")
        onClose()
      },
    })
  }

  return (
    <ConfirmDialog
      title="Delete User"
      description={
        <>
          <bdi>{displayName(user)}</bdi>
          {user.full_name && (
            <>
              {" "}
              (<bdi>{user.email}</bdi>)
            </>
          )}{" "}
          and all their items will be permanently deleted. This can't be undone.
        </>
      }
      confirmLabel="Delete"
      pending={isPending}
      error={error ? errorMessage(error) : undefined}
      onConfirm={onDelete}
      onClose={onClose}
      onCloseAutoFocus={(event) => focusRowActions(event, user.id)}
    />
  )
}
