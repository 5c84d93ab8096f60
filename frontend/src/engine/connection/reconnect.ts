import type { QueryClient } from "@tanstack/react-query"
import type { AnyRouter } from "@tanstack/react-router"
import { connection } from "@/engine/connection/connection"
import { afterPointerPress } from "@/engine/lib/pointer-press"
import { runsInShell } from "@/engine/shell"

/** Refetches all queries when the backend becomes ready. Returns a function that stops it. */
export function refetchOnReconnect(queryClient: QueryClient, router: AnyRouter): () => void {
  return connection.subscribe(() => {
    if (connection.get().status !== "ready") return
    void queryClient.invalidateQueries()
    // A failed loader does not rerun by itself.
    if (router.state.matches.some(({ status }) => status === "error")) void router.invalidate()
  })
}

/**
 * In the window, preloads the code of the current route while the backend starts. A browser loads it from the backend,
 * which may show another page first: the login.
 */
export function preloadCurrentRoute(router: AnyRouter): void {
  if (!runsInShell()) return
  const [pages] = router.getMatchedRoutes(router.latestLocation.pathname)
  for (const route of pages) {
    // The route loads it again if this fails.
    router.loadRouteChunk(route)?.catch(() => undefined)
  }
}

/**
 * In a browser, preloads the code of all routes on first use: it comes from the backend, and a route opened after the
 * backend stopped would be replaced by the browser's own error page.
 */
export function preloadAllRoutes(router: AnyRouter): void {
  if (runsInShell()) return
  const load = async () => {
    window.removeEventListener("pointerdown", load)
    window.removeEventListener("keydown", load)
    // The requests of this press go first: browsers limit the connections per origin.
    await afterPointerPress()
    await whenIdle()
    for (const route of Object.values(router.routesById)) {
      // The route loads it again if this fails.
      router.loadRouteChunk(route)?.catch(() => undefined)
    }
  }
  window.addEventListener("pointerdown", load)
  window.addEventListener("keydown", load)
}

const IDLE_WITHIN_MS = 2_000

/** WebKit has no idle callbacks. */
const whenIdle = () =>
  new Promise<void>((resolve) => {
    if ("requestIdleCallback" in window) {
      requestIdleCallback(() => resolve(), { timeout: IDLE_WITHIN_MS })
    } else setTimeout(resolve, 100)
  })
