import { ChevronsUpDown } from "lucide-react"
import type { UserPublic } from "@/client/types.gen"
import { UserInfo } from "@/components/layout/user-info"
import { bidiIsolate, LazyMenu } from "@/engine"
import { displayName } from "@/features/users/current-user"
import { cn } from "@/lib/utils"

const loadContent = () => import("@/components/layout/user-menu-content")

export function UserMenu({ user, compact }: { user: UserPublic; compact: boolean }) {
  return (
    <LazyMenu loadContent={loadContent}>
      <button
        type="button"
        data-testid="user-menu"
        aria-label={compact ? `Account: ${bidiIsolate(displayName(user))}` : undefined}
        className={cn(
          "flex w-full items-center justify-between gap-2 rounded-md py-1 text-left transition-colors hover:bg-sidebar-accent data-[state=open]:bg-sidebar-accent",
          !compact && "pr-2",
        )}
      >
        <UserInfo user={user} compact={compact} className="min-w-0" />
        {!compact && (
          <ChevronsUpDown className="size-4 shrink-0 text-muted-foreground" aria-hidden />
        )}
      </button>
    </LazyMenu>
  )
}
