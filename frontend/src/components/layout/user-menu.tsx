import { Link } from "@tanstack/react-router"
import { ChevronsUpDown, LogOut, UserRound } from "lucide-react"
import type { UserPublic } from "@/client/types.gen"
import { UserCard } from "@/components/layout/user-card"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { useLogOut } from "@/features/auth/use-log-out"
import { displayName } from "@/features/users/current-user"
import { cn } from "@/lib/utils"

interface UserMenuProps {
  user: UserPublic
  compact: boolean
  onNavigate?: (() => void) | undefined
}

export function UserMenu({ user, compact, onNavigate }: UserMenuProps) {
  const logOut = useLogOut()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <button
          type="button"
          data-testid="user-menu"
          aria-label={`Account: ${displayName(user)}`}
          className={cn(
            "flex w-full items-center justify-between gap-2 rounded-md py-1 text-left transition-colors hover:bg-sidebar-accent data-[state=open]:bg-sidebar-accent",
            !compact && "pr-2",
          )}
        >
          <UserCard user={user} compact={compact} className="min-w-0" />
          {!compact && (
            <ChevronsUpDown className="size-4 shrink-0 text-muted-foreground" aria-hidden />
          )}
        </button>
      </DropdownMenuTrigger>
      <DropdownMenuContent side="top" align="start">
        <DropdownMenuItem asChild>
          <Link to="/settings" search={{ tab: "profile" }} onClick={onNavigate}>
            <UserRound aria-hidden />
            My account
          </Link>
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={logOut}>
          <LogOut aria-hidden />
          Log out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
