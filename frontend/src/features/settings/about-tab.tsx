import { useSuspenseQuery } from "@tanstack/react-query"
import { AboutSections } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

export function AboutTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  return <AboutSections showDetails={user.is_superuser === true} />
}
