import type { QueryClient } from "@tanstack/react-query"
import { aboutQuery } from "@/engine/about/queries"
import { isLoggedIn, onOtherTab, sessionEnd } from "@/engine/connection/session"
import type { AppRouter } from "@/router"

/** Called once: keeps page and cache in step with the session, whichever tab it begins or ends in. */
export function followSession(queryClient: QueryClient, router: AppRouter): () => void {
  const stopRefusals = sessionEnd.subscribe(() => {
    const end = sessionEnd.get()
    if (end && !end.unsaved) void onEnd()
  })
  const stopTabs = onOtherTab(() => {
    sessionEnd.set(undefined)
    if (isLoggedIn()) void onOtherSession()
    else void onEnd()
  })
  return () => {
    stopRefusals()
    stopTabs()
  }

  async function onEnd() {
    // Whether one must log in may be new too.
    await queryClient.invalidateQueries({ queryKey: aboutQuery.queryKey })
    await router.invalidate()
    if (router.state.location.pathname === "/login") queryClient.clear()
  }

  async function onOtherSession() {
    await queryClient.resetQueries()
    await router.invalidate()
  }
}
