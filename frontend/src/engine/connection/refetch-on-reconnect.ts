import type { QueryClient } from "@tanstack/react-query"
import type { AnyRouter } from "@tanstack/react-router"
import { connection } from "@/engine/connection/connection"

/** Invalidates all queries, and routes whose loader failed, when the backend becomes ready. Returns a function that stops it. */
export function refetchOnReconnect(queryClient: QueryClient, router: AnyRouter): () => void {
  return connection.subscribe(() => {
    if (connection.get().status !== "ready") return
    void queryClient.invalidateQueries()
    if (router.state.matches.some(({ status }) => status === "error")) void router.invalidate()
  })
}
