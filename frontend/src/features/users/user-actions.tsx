import { Ellipsis, Pencil, Trash2 } from "lucide-react"
import type { UserPublic } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { restoreFocus } from "@/engine"
import { preloadUserForm } from "@/features/users/user-form-dialog"

interface UserActionsProps {
  user: UserPublic
  onEdit: (user: UserPublic) => void
  onDelete: (user: UserPublic) => void
}

/** The element that says whom a row's buttons are about. */
export const nameId = (user: UserPublic) => `name-${user.id}`
const triggerId = (user: UserPublic) => `actions-${user.id}`

/** When the dialog of this user closes. */
export const focusUserActions = (event: Event, user: UserPublic) =>
  restoreFocus(event, triggerId(user))

export function UserActions({ user, onEdit, onDelete }: UserActionsProps) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          id={triggerId(user)}
          variant="ghost"
          size="icon-sm"
          className="text-muted-foreground"
          onPointerEnter={preloadUserForm}
          onFocus={preloadUserForm}
          aria-label="Actions"
          aria-describedby={nameId(user)}
        >
          <Ellipsis />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem onSelect={() => onEdit(user)}>
          <Pencil aria-hidden />
          Edit User
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        <DropdownMenuItem variant="destructive" onSelect={() => onDelete(user)}>
          <Trash2 aria-hidden />
          Delete User
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
