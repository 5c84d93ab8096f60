import { onlineManager, QueryClient } from "@tanstack/react-query"
import { isTransient } from "@/engine/connection/errors"

/** The app's QueryClient: one retry after transient errors, independent of the network status. */
export function createQueryClient(): QueryClient {
  // The local backend needs no network: queries must not pause while the machine is offline.
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
