import { lazy } from "react"
import { FormDialogContent } from "@/engine"
import type { UserFormProps } from "@/features/users/user-form"

const loadUserForm = () => import("@/features/users/user-form")
const UserForm = lazy(() => loadUserForm().then((module) => ({ default: module.UserForm })))

/** Forms and validation are kept out of the first load; call this when one is about to be needed. */
export function preloadUserForm(): void {
  loadUserForm().catch(() => undefined) // told when the form itself is asked for
}

interface UserFormDialogProps extends Omit<UserFormProps, "onUnsaved"> {
  title: string
  description: string
  onClose: () => void
  onCloseAutoFocus?: (event: Event) => void
}

/** What the dialogs of a new and of an existing user have in common. */
export function UserFormDialog({ user, onSave, ...dialog }: UserFormDialogProps) {
  return (
    <FormDialogContent {...dialog} formHeight="h-112">
      {(onUnsaved) => <UserForm user={user} onSave={onSave} onUnsaved={onUnsaved} />}
    </FormDialogContent>
  )
}
