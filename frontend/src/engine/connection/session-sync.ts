import type { QueryClient } from "@tanstack/react-query"
import type { AnyRouter } from "@tanstack/react-router"
import { aboutQuery } from "@/engine/about/queries"
import { isLoggedIn, onSessionChangedInOtherTab, sessionEnd } from "@/engine/connection/session"

/**
 * Call once. Updates router and query cache when the backend ends the session of this tab, and when another tab logs in
 * or out. Returns a function that stops it.
 */
export function syncSession(
  queryClient: QueryClient,
  router: AnyRouter,
  loginPath: string,
): () => void {
  const stopSessionEnd = sessionEnd.subscribe(() => {
    const end = sessionEnd.get()
    if (end && !end.unsaved) void onEnd()
  })
  const stopOtherTab = onSessionChangedInOtherTab(() => {
    sessionEnd.set(undefined)
    if (isLoggedIn()) void onOtherSession()
    else void onEnd()
  })
  return () => {
    stopSessionEnd()
    stopOtherTab()
  }

  async function onEnd() {
    // Whether a login is required may have changed too.
    await queryClient.invalidateQueries({ queryKey: aboutQuery.queryKey })
    await router.invalidate()
    if (router.state.location.pathname === loginPath) queryClient.clear()
  }

  async function onOtherSession() {
    await queryClient.resetQueries()
    await router.invalidate()
  }
}
