import { toast } from "sonner"
import type { UserPublic } from "@/client/types.gen"
import { Dialog } from "@/components/ui/dialog"
import { focusRowActions } from "@/engine"
import { useUpdateUser } from "@/features/users/queries"
import { UserFormDialog } from "@/features/users/user-form-dialog"

interface EditUserDialogProps {
  user: UserPublic
  onClose: () => void
}

export function EditUserDialog({ user, onClose }: EditUserDialogProps) {
  const { mutateAsync, isPending } = useUpdateUser(user.id)

  return (
    <Dialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <UserFormDialog
        title="Edit User"
        description="Update the user details below. Leave the password empty to keep the current one. A new password logs the user out and revokes their recovery codes."
        user={user}
        onClose={onClose}
        onCloseAutoFocus={(event) => focusRowActions(event, user.id)}
        onSave={async (changes) => {
          await mutateAsync(changes)
          toast.success("User updated successfully")
          onClose()
        }}
      />
    </Dialog>
  )
}
