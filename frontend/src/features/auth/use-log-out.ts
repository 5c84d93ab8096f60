import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { clearSession } from "@/engine"

/** Ends the session and clears the query cache. */
export function useLogOut(): () => Promise<void> {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    clearSession()
    await navigate({ to: "/login" })
    queryClient.clear()
  }
}
