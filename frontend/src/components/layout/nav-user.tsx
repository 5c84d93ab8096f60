import { useSuspenseQuery } from "@tanstack/react-query"
import { UserInfo } from "@/components/layout/user-info"
import { UserMenu } from "@/components/layout/user-menu"
import { aboutQuery } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

/** The current user; with authentication on, the button of the user menu. */
export function NavUser({ compact }: { compact: boolean }) {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  return (
    <div className="mt-2 border-sidebar-border border-t pt-3">
      {about.auth_required ? (
        <UserMenu user={user} compact={compact} />
      ) : (
        <UserInfo user={user} compact={compact} className="py-1" />
      )}
    </div>
  )
}
