import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { toast } from "sonner"
import { clearSession } from "@/engine"

/** Ends the session, clears the query cache and dismisses toasts, whose actions need the session. */
export function useLogOut(): () => Promise<void> {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    toast.dismiss()
    clearSession()
    await navigate({ to: "/login" })
    queryClient.clear()
  }
}
