import { FormDialogContent, lazyWithPreload } from "@/engine"
import type { UserFormProps } from "@/features/users/user-form"

const [UserForm, preloadUserForm] = lazyWithPreload(() => import("@/features/users/user-form"))

export { preloadUserForm }

interface UserFormDialogProps extends Omit<UserFormProps, "onDirtyChange"> {
  title: string
  description: string
  onClose: () => void
  onCloseAutoFocus?: (event: Event) => void
}

/** Content of the Add User and Edit User dialogs. */
export function UserFormDialog({ user, onSave, ...dialog }: UserFormDialogProps) {
  return (
    <FormDialogContent {...dialog} formHeight="h-112">
      {(onDirtyChange) => <UserForm user={user} onSave={onSave} onDirtyChange={onDirtyChange} />}
    </FormDialogContent>
  )
}
