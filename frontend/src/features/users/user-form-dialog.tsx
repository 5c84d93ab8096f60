import { lazy, Suspense } from "react"
import { DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"
import type { UserFormProps } from "@/features/users/user-form"

const loadUserForm = () => import("@/features/users/user-form")
const UserForm = lazy(() => loadUserForm().then((module) => ({ default: module.UserForm })))

/** Forms and validation are kept out of the first load; call this when one is about to be needed. */
export function preloadUserForm(): void {
  loadUserForm().catch(() => undefined) // told when the form itself is asked for
}

interface UserFormDialogProps extends UserFormProps {
  title: string
  description: string
  onCloseAutoFocus?: (event: Event) => void
}

/** What the dialogs of a new and of an existing user have in common. */
export function UserFormDialog({
  title,
  description,
  onCloseAutoFocus,
  ...form
}: UserFormDialogProps) {
  return (
    <DialogContent
      onInteractOutside={(event) => event.preventDefault()}
      onCloseAutoFocus={onCloseAutoFocus}
    >
      <DialogHeader>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{description}</DialogDescription>
      </DialogHeader>
      <Suspense fallback={<Skeleton className="h-112" />}>
        <UserForm {...form} />
      </Suspense>
    </DialogContent>
  )
}
