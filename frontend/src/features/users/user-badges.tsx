import type { UserPublic } from "@/client/types.gen"
import { Badge } from "@/components/ui/badge"

export function UserBadges({ user, isSelf }: { user: UserPublic; isSelf: boolean }) {
  return (
    <span className="flex flex-wrap gap-1.5">
      {user.is_superuser ? <Badge>Superuser</Badge> : <Badge variant="secondary">User</Badge>}
      {!user.is_active && <Badge variant="outline">Inactive</Badge>}
      {isSelf && <Badge variant="outline">You</Badge>}
    </span>
  )
}
