import type { AnyRoute, AnyRouter } from "@tanstack/react-router"
import { afterPointerPress } from "@/engine/lib/pointer-press"
import { runsInShell } from "@/engine/shell"

/**
 * In the window, loads the code of the current route while the backend starts. Does nothing in a browser, which gets
 * that code from the backend: the app may redirect to the login first.
 */
export function preloadCurrentRoute(router: AnyRouter): void {
  if (!runsInShell()) return
  const [routes] = router.getMatchedRoutes(router.latestLocation.pathname)
  for (const route of routes) preload(router, route)
}

/**
 * In a browser, loads the code of all routes after the first interaction. It comes from the backend: after the backend
 * has stopped, opening a route whose code is not loaded would show the browser's error page.
 */
export function preloadAllRoutes(router: AnyRouter): void {
  if (runsInShell()) return
  const load = async () => {
    window.removeEventListener("pointerdown", load)
    window.removeEventListener("keydown", load)
    // Browsers limit connections per origin: the requests of this interaction go first.
    await afterPointerPress()
    await untilIdle()
    for (const route of Object.values(router.routesById)) preload(router, route)
  }
  window.addEventListener("pointerdown", load)
  window.addEventListener("keydown", load)
}

/** Errors are ignored: when the route is opened, the router imports the chunk again and reports a failure. */
const preload = (router: AnyRouter, route: AnyRoute) =>
  router.loadRouteChunk(route)?.catch(() => undefined)

const IDLE_TIMEOUT_MS = 2_000
/** WebKit lacks requestIdleCallback. */
const IDLE_FALLBACK_MS = 100

const untilIdle = () =>
  new Promise<void>((resolve) => {
    if ("requestIdleCallback" in window) {
      requestIdleCallback(() => resolve(), { timeout: IDLE_TIMEOUT_MS })
    } else setTimeout(resolve, IDLE_FALLBACK_MS)
  })
