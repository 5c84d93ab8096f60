import { useSuspenseQuery } from "@tanstack/react-query"
import { aboutQuery } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

/** Whether the current user can manage accounts. */
export function useCanManageUsers(): boolean {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  return about.auth_required && user.is_superuser === true
}
