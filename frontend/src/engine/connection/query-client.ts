import { onlineManager, QueryClient } from "@tanstack/react-query"
import { isTransient } from "@/engine/connection/errors"

export function createQueryClient(): QueryClient {
  // The backend is on this machine: being offline is no reason to wait.
  onlineManager.setEventListener(() => undefined)
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < 1 && isTransient(error),
      },
    },
  })
}
