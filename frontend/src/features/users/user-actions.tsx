import { Pencil, Trash2 } from "lucide-react"
import type { UserPublic } from "@/client/types.gen"
import { DropdownMenuItem, DropdownMenuSeparator } from "@/components/ui/dropdown-menu"
import { RowActions } from "@/engine"
import { preloadUserForm } from "@/features/users/user-form-dialog"

interface UserActionsProps {
  user: UserPublic
  onEdit: (user: UserPublic) => void
  onDelete: (user: UserPublic) => void
}

export function UserActions({ user, onEdit, onDelete }: UserActionsProps) {
  return (
    <RowActions rowId={user.id} onPreload={preloadUserForm}>
      <DropdownMenuItem onSelect={() => onEdit(user)}>
        <Pencil aria-hidden />
        Edit User
      </DropdownMenuItem>
      <DropdownMenuSeparator />
      <DropdownMenuItem variant="destructive" onSelect={() => onDelete(user)}>
        <Trash2 aria-hidden />
        Delete User
      </DropdownMenuItem>
    </RowActions>
  )
}
