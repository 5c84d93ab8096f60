import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { clearSession } from "@/engine"
import { dismissActions } from "@/features/auth/dismiss-actions"

/** Ends the session, clears the query cache and dismisses toasts with an action, which needs the session. */
export function useLogOut(): () => Promise<void> {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    dismissActions()
    clearSession()
    await navigate({ to: "/login" })
    queryClient.clear()
  }
}
