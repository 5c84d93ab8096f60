import { useSuspenseQuery } from "@tanstack/react-query"
import { aboutQuery } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

/** Whether there are accounts to administer, and by this user. */
export function useIsAdmin(): boolean {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  return about.auth_required && user.is_superuser === true
}
