import type { QueryClient } from "@tanstack/react-query"
import { redirect } from "@tanstack/react-router"
import type { About } from "@/client/types.gen"
import { aboutQuery, isLoggedIn } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

interface Guarded {
  context: { queryClient: QueryClient }
}

/** With authentication off everyone is let in; else those who are not logged in log in first and come back. */
export async function requireLogin({
  context: { queryClient },
  location,
}: Guarded & { location: { href: string } }): Promise<void> {
  if (!(await isAuthRequired(queryClient)) || (await hasSession(queryClient))) return
  throw redirect({
    to: "/login",
    search: location.href === "/" ? {} : { redirect: location.href },
    mask: { to: "/login" },
  })
}

/** The pages around the login are for those who still have to. */
export async function requireStranger({
  context: { queryClient },
  search,
}: Guarded & { search: { redirect?: string | undefined } }): Promise<void> {
  if ((await isAuthRequired(queryClient)) && !isLoggedIn()) return
  throw redirect({ href: search.redirect ?? "/" })
}

/** Runs after requireStranger. Where nobody may sign up, an address that says so leads to the login. */
export async function requireOpenRegistration({ context: { queryClient } }: Guarded) {
  const about = await queryClient.ensureQueryData(aboutQuery)
  if (!maySignUp(about)) throw redirect({ to: "/login", search: true })
}

/** Runs after requireLogin. With authentication off there is nobody to administer. */
export async function requireSuperuser({ context: { queryClient } }: Guarded): Promise<void> {
  const user = await queryClient.ensureQueryData(currentUserQuery)
  if (!user.is_superuser || !(await isAuthRequired(queryClient))) throw redirect({ to: "/" })
}

/** Servers of before they told let everybody. */
export const maySignUp = ({ signup = true }: About): boolean => signup

async function isAuthRequired(queryClient: QueryClient): Promise<boolean> {
  // Asked again only after it was invalidated, as it is when the backend comes back.
  const about = await queryClient.fetchQuery({ ...aboutQuery, staleTime: Number.POSITIVE_INFINITY })
  return about.auth_required
}

async function hasSession(queryClient: QueryClient): Promise<boolean> {
  if (!isLoggedIn()) return false
  try {
    await queryClient.ensureQueryData(currentUserQuery)
    return true
  } catch (error) {
    if (isLoggedIn()) throw error
    return false
  }
}
