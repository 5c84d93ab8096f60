import type { QueryClient, QueryKey } from "@tanstack/react-query"
import type { AnyRouter } from "@tanstack/react-router"
import { connect } from "@/engine/connection/connection"
import { persistQueries, restorePersistedQueries } from "@/engine/connection/persisted-queries"
import { preloadAllRoutes, preloadCurrentRoute } from "@/engine/connection/preload-routes"
import { createQueryClient } from "@/engine/connection/query-client"
import { refetchOnReconnect } from "@/engine/connection/refetch-on-reconnect"
import { attachSession } from "@/engine/connection/session"
import { syncSession } from "@/engine/connection/session-sync"
import { handleShellEvents } from "@/engine/connection/shell-events"
import { installStorageFallback } from "@/engine/lib/browser-storage"
import { suppressImeKeys } from "@/engine/lib/ime"
import { syncTheme } from "@/engine/lib/theme"
import { runsInShell } from "@/engine/shell"

/**
 * Connects to the backend and returns the app's QueryClient. Call once, before the router is created: it removes the
 * launch token from the address bar. `requiredQueries`: keys of the queries without which no page can be shown while
 * the backend starts.
 */
export function startEngine(requiredQueries: QueryKey[]): QueryClient {
  installStorageFallback()
  suppressImeKeys()
  syncTheme()
  attachSession()
  const queryClient = createQueryClient()
  // Not under the dev server: a code change may change the shape of the data.
  const persist = import.meta.env.PROD && runsInShell()
  const restore = () => restorePersistedQueries(queryClient, requiredQueries)
  const start = () => connect(persist ? restore : undefined)
  if (persist) persistQueries(queryClient)
  // Release builds drop this branch: VITE_DEV_OVERLAY is an empty constant.
  if (import.meta.env.VITE_DEV_OVERLAY && runsInShell()) {
    void import("@/engine/dev-overlay/mount")
      .then(({ mountDevOverlay }) => mountDevOverlay(queryClient))
      .finally(start)
  } else {
    void start()
  }
  return queryClient
}

/** Paths of the app's pages that the engine navigates to. */
interface EnginePaths {
  login: string
  settings: string
}

/** Connects the router to session, connection and native menu. Call once. */
export function attachRouter(
  router: AnyRouter,
  queryClient: QueryClient,
  { login, settings }: EnginePaths,
): void {
  syncSession(queryClient, router, login)
  handleShellEvents(() => void router.navigate({ to: settings }))
  refetchOnReconnect(queryClient, router)
  preloadCurrentRoute(router)
  preloadAllRoutes(router)
}
