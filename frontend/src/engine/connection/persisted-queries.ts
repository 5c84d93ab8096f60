/** What the first pages showed last time, for the time the backend takes to start. Kept only while nobody has to log in. */
import { dehydrate, hydrate, type QueryClient } from "@tanstack/react-query"
import { aboutQuery } from "@/engine/about/queries"
import { server } from "@/engine/connection/connection"
import { createStore } from "@/engine/lib/store"
import { settingsQuery } from "@/engine/runtime-settings/queries"
import { currentUserQuery } from "@/features/users/current-user"

const KEY = "kept_queries"
/** Another build of the UI may know its data in another shape; each has a name of its own. */
const BUILD = new URL(import.meta.url).pathname
/** Whether pages can be shown before there is a backend to ask. */
export const hasKept = createStore(false)

/**
 * Called once, when it is known that the backend is the app's own and before it is ready. Until then what is asked
 * waits; then everything is asked again.
 */
export function showKept(queryClient: QueryClient): void {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null")
    if (kept?.build !== BUILD) return
    hydrate(queryClient, kept.state)
    const { queryKey } = currentUserQuery
    if (!queryClient.getQueryData(aboutQuery.queryKey) || !queryClient.getQueryData(queryKey))
      return
  } catch {
    localStorage.removeItem(KEY)
    return
  }
  hasKept.set(true)
}

/** From now on keeps each answer to a query whose `meta` says so. Returns how to stop. */
export function keepQueries(queryClient: QueryClient): () => void {
  const stopQueries = queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || !["success", "invalidate"].includes(event.action.type)) return
    if (event.query.meta?.kept) keep(queryClient)
  })
  const stopMutations = queryClient.getMutationCache().subscribe((event) => {
    if (event.type === "updated") keep(queryClient)
  })
  return () => {
    stopQueries()
    stopMutations()
  }
}

function keep(queryClient: QueryClient): void {
  const about = queryClient.getQueryData(aboutQuery.queryKey)
  if (server.get() || !about) return
  const settings = queryClient.getQueryData(settingsQuery.queryKey)
  // What was not confirmed yet is not kept either.
  if (about.auth_required || settings?.AUTH_REQUIRED.after_restart || queryClient.isMutating()) {
    localStorage.removeItem(KEY)
    return
  }
  const state = dehydrate(queryClient, {
    // A list that was changed and not looked at since would show what is no longer so.
    shouldDehydrateQuery: ({ meta, state }) =>
      Boolean(meta?.kept) && state.status === "success" && !state.isInvalidated,
  })
  try {
    localStorage.setItem(KEY, JSON.stringify({ build: BUILD, state }))
  } catch {
    localStorage.removeItem(KEY) // it is full: the next start waits for its backend
  }
}
