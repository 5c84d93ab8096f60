import { Link } from "@tanstack/react-router"
import { LogOut, UserRound } from "lucide-react"
import type { ReactElement } from "react"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { useLogOut } from "@/features/auth/use-log-out"

interface UserChoicesProps {
  trigger: ReactElement
  onNavigate?: (() => void) | undefined
}

/** A default export, for React.lazy. */
export default function UserChoices({ trigger, onNavigate }: UserChoicesProps) {
  const logOut = useLogOut()
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
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
