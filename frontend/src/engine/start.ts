import type { QueryClient, QueryKey } from "@tanstack/react-query"
import type { AnyRouter } from "@tanstack/react-router"
import { connect } from "@/engine/connection/connection"
import { persistQueries, restorePersistedQueries } from "@/engine/connection/persisted-queries"
import { createQueryClient } from "@/engine/connection/query-client"
import {
  preloadAllRoutes,
  preloadCurrentRoute,
  refetchOnReconnect,
} from "@/engine/connection/reconnect"
import { attachSession } from "@/engine/connection/session"
import { syncSession } from "@/engine/connection/session-sync"
import { handleShellEvents } from "@/engine/connection/shell-events"
import { installStorageFallback } from "@/engine/lib/browser-storage"
import { suppressImeKeys } from "@/engine/lib/ime"
import { syncTheme } from "@/engine/lib/theme"
import { runsInShell } from "@/engine/shell"

/**
 * Connects to the backend. Call once, before the router is created: it takes the launch token out of the address bar.
 * `requiredQueries`: keys of the queries without which no page can be shown while the backend starts.
 */
export function startEngine(requiredQueries: QueryKey[]): QueryClient {
  installStorageFallback()
  suppressImeKeys()
  syncTheme()
  attachSession()
  const queryClient = createQueryClient()
  // Not under the dev server: a code change could change the data's shape.
  const persists = import.meta.env.PROD && runsInShell()
  const restore = () => restorePersistedQueries(queryClient, requiredQueries)
  const begin = () => connect(persists ? restore : undefined)
  if (persists) persistQueries(queryClient)
  // Release builds drop this branch: the condition is a constant there.
  if (import.meta.env.VITE_DEV_OVERLAY && runsInShell()) {
    void import("@/engine/dev-overlay/mount")
      .then(({ mountDevOverlay }) => mountDevOverlay(queryClient))
      .finally(begin)
  } else {
    void begin()
  }
  return queryClient
}

/** Paths of two pages of the app. */
interface EnginePaths {
  login: string
  settings: string
}

/** Keeps the router in step with session, connection and menu. Call once. */
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
