import type { UserPublic } from "@/client/types.gen"
import { Avatar } from "@/components/ui/avatar"
import { bidiIsolate, TruncatedText } from "@/engine"
import { displayName } from "@/features/users/current-user"
import { cn } from "@/lib/utils"

interface UserInfoProps {
  user: UserPublic
  compact: boolean
  className?: string
}

export function UserInfo({ user, compact, className }: UserInfoProps) {
  const name = displayName(user)
  return (
    <span
      className={cn("flex items-center gap-3 px-1.5", compact && "px-0.5", className)}
      title={compact ? `${bidiIsolate(name)} (${bidiIsolate(user.email)})` : undefined}
    >
      {/* text-foreground: readable on a highlighted row, too. */}
      <Avatar name={name} className="text-foreground" />
      {!compact && (
        <span className="grid min-w-0">
          <TruncatedText className="font-medium text-sm">{name}</TruncatedText>
          {name !== user.email && (
            <TruncatedText className="text-muted-foreground text-xs">{user.email}</TruncatedText>
          )}
        </span>
      )}
    </span>
  )
}
