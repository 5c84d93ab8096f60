import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { lazy, Suspense } from "react"
import { Button } from "@/components/ui/button"
import { Skeleton } from "@/components/ui/skeleton"
import { FullScreenDialog, sessionEnd, useStore } from "@/engine"
import { dismissActions } from "@/features/auth/dismiss-actions"
import { sessionEndText } from "@/features/auth/session-end-text"
import { useLogOut } from "@/features/auth/use-log-out"
import { currentUserQuery } from "@/features/users/current-user"

const LoginForm = lazy(() => import("@/features/auth/login-form"))

/** Login dialog above a page with unsaved changes, which stays mounted and preserves them. */
export function LoginDialog() {
  const end = useStore(sessionEnd)
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const logOut = useLogOut()
  if (!end?.unsaved) return null
  const email = queryClient.getQueryData(currentUserQuery.queryKey)?.email

  async function onLoggedIn(credentials: { email: string }) {
    if (credentials.email.toLowerCase() === email) return queryClient.invalidateQueries()
    dismissActions()
    await navigate({ to: "/" })
    await queryClient.resetQueries()
  }

  return (
    <FullScreenDialog
      className="max-w-sm"
      title="Log in again"
      description={`${sessionEndText[end.reason]} Your unsaved changes are still on the page. Logging in with another account discards them.`}
    >
      <Suspense fallback={<Skeleton className="h-52" />}>
        <LoginForm email={email} onLoggedIn={onLoggedIn} />
      </Suspense>
      <Button variant="ghost" onClick={logOut}>
        Discard changes and log out
      </Button>
    </FullScreenDialog>
  )
}
