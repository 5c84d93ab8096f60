import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { endSession } from "@/engine"

/** Ends the session and clears the query cache. */
export function useLogOut(): () => Promise<void> {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    endSession()
    await navigate({ to: "/login" })
    queryClient.clear()
  }
}
