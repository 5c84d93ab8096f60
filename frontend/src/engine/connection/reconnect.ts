import type { QueryClient } from "@tanstack/react-query"
import { connection } from "@/engine/connection/connection"
import { afterPress } from "@/engine/lib/press"
import { runsInShell } from "@/engine/shell"
import type { AppRouter } from "@/router"

/** What was asked while there was no backend is asked again once there is. Returns how to stop. */
export function followConnection(queryClient: QueryClient, router: AppRouter): () => void {
  return connection.subscribe(() => {
    if (connection.get().status !== "ready") return
    void queryClient.invalidateQueries()
    // A page that could not be loaded doesn't ask by itself.
    if (router.state.matches.some(({ status }) => status === "error")) void router.invalidate()
  })
}

/**
 * In the window the code of the page at this address is fetched while the backend still starts. A browser would fetch
 * it from the backend, where another page may come first: the login.
 */
export function loadPageAhead(router: AppRouter): void {
  if (!runsInShell()) return
  const [pages] = router.getMatchedRoutes(router.latestLocation.pathname)
  for (const route of pages) {
    // What can't be had now is asked for again by the page itself.
    router.loadRouteChunk(route)?.catch(() => undefined)
  }
}

/**
 * In a browser the pages' code comes from the backend too: it is fetched ahead, as soon as the app is used.
 * Otherwise a page opened after the backend is gone would replace the app by the browser's own error.
 */
export function loadPagesAhead(router: AppRouter): void {
  if (runsInShell()) return
  const load = async () => {
    window.removeEventListener("pointerdown", load)
    window.removeEventListener("keydown", load)
    // What the press itself asks for comes first: browsers ask an origin only a few things at a time.
    await afterPress()
    await whenIdle()
    for (const route of Object.values(router.routesById)) {
      // What can't be had now is asked for again when the page is opened.
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
