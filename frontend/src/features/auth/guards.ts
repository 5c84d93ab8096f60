import type { QueryClient } from "@tanstack/react-query"
import { redirect } from "@tanstack/react-router"
import type { About } from "@/client/types.gen"
import { aboutQuery, isLoggedIn } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

interface GuardArgs {
  context: { queryClient: QueryClient }
}

/** Redirects to the login, and back afterwards, unless the user is logged in or authentication is off. */
export async function requireLogin({
  context: { queryClient },
  location,
}: GuardArgs & { location: { href: string } }): Promise<void> {
  if (!(await isAuthRequired(queryClient)) || (await hasSession(queryClient))) return
  throw redirect({
    to: "/login",
    search: location.href === "/" ? {} : { redirect: location.href },
    mask: { to: "/login" },
  })
}

/** Redirects to `search.redirect`, or home, if the user is logged in or authentication is off. */
export async function requireLoggedOut({
  context: { queryClient },
  search,
}: GuardArgs & { search: { redirect?: string | undefined } }): Promise<void> {
  if ((await isAuthRequired(queryClient)) && !isLoggedIn()) return
  throw redirect({ href: search.redirect ?? "/" })
}

/** Redirects to the login if sign-up is disabled. Runs after requireLoggedOut. */
export async function requireSignupEnabled({ context: { queryClient } }: GuardArgs) {
  const about = await queryClient.ensureQueryData(aboutQuery)
  if (!isSignupEnabled(about)) throw redirect({ to: "/login", search: true })
}

/** Redirects home unless the user is a superuser and authentication is on. Runs after requireLogin. */
export async function requireSuperuser({ context: { queryClient } }: GuardArgs): Promise<void> {
  const user = await queryClient.ensureQueryData(currentUserQuery)
  if (!user.is_superuser || !(await isAuthRequired(queryClient))) throw redirect({ to: "/" })
}

/** Servers of older versions, which omit `signup`, allow it. */
export const isSignupEnabled = ({ signup = true }: About): boolean => signup

async function isAuthRequired(queryClient: QueryClient): Promise<boolean> {
  // Fetched again only after an invalidation, which happens when the backend reconnects.
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
