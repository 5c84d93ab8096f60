import { useSuspenseQuery } from "@tanstack/react-query"
import { Avatar } from "@/components/ui/avatar"
import { currentUserQuery, displayName } from "@/features/users/current-user"
import { cn } from "@/lib/utils"

export function UserBlock({ compact }: { compact: boolean }) {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const name = displayName(user)
  return (
    <div
      className={cn(
        "mt-2 flex items-center gap-3 border-sidebar-border border-t px-1.5 pt-4 pb-1",
        compact && "px-0.5",
      )}
      title={compact ? `${name} (${user.email})` : undefined}
    >
      <Avatar name={name} />
      {!compact && (
        <div className="grid min-w-0">
          <span className="truncate font-medium text-sm">{name}</span>
          {name !== user.email && (
            <span className="truncate text-muted-foreground text-xs">{user.email}</span>
          )}
        </div>
      )}
    </div>
  )
}
