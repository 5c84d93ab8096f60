import { useSuspenseQuery } from "@tanstack/react-query"
import { createFileRoute } from "@tanstack/react-router"
import { AppLayout } from "@/components/layout/app-layout"
import { requireLogin } from "@/features/auth/guards"
import { LoginDialog } from "@/features/auth/login-dialog"
import { currentUserQuery } from "@/features/users/current-user"

export const Route = createFileRoute("/_app")({
  beforeLoad: requireLogin,
  loader: ({ context }) => context.queryClient.ensureQueryData(currentUserQuery),
  component: App,
})

function App() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  return (
    <>
      {/* A new key discards the unsaved changes of another user. */}
      <AppLayout key={user.id} />
      <LoginDialog />
    </>
  )
}
