import { QueryClient } from "@tanstack/react-query"
import { isTransient } from "@/lib/errors"

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // The backend is on this machine: being offline is no reason to wait.
      queries: {
        networkMode: "always",
        staleTime: 10_000,
        retry: (failures, error) => failures < 1 && isTransient(error),
      },
      mutations: { networkMode: "always" },
    },
  })
}
