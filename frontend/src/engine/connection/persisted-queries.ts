/** Query results of the last launch, shown while the backend starts. Persisted only while no login is required. */
import { dehydrate, hydrate, type QueryClient, type QueryKey } from "@tanstack/react-query"
import { aboutQuery } from "@/engine/about/queries"
import { serverUrl } from "@/engine/connection/connection"
import { createStore } from "@/engine/lib/store"
import { settingsQuery } from "@/engine/runtime-settings/queries"

const STORAGE_KEY = "persisted_queries"
/** Identifies the build by this module's hashed file name: another build may use another data shape. */
const BUILD = new URL(import.meta.url).pathname
/** Whether restored queries suffice to show pages before the backend is ready. */
export const hasPersistedQueries = createStore(false)

/**
 * Call once, when the window is known to use its local backend, before that backend is ready. When it is ready, all
 * queries are refetched. `required`: keys of the queries without which no page can be shown.
 */
export function restorePersistedQueries(queryClient: QueryClient, required: QueryKey[]): void {
  try {
    const persisted = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null")
    if (persisted?.build !== BUILD) return
    hydrate(queryClient, persisted.state)
    if (![aboutQuery.queryKey, ...required].every((key) => queryClient.getQueryData(key))) return
  } catch {
    localStorage.removeItem(STORAGE_KEY)
    return
  }
  hasPersistedQueries.set(true)
}

/** Persists each result of a query with `meta.persist`. Returns a function that stops it. */
export function persistQueries(queryClient: QueryClient): () => void {
  const stopQueries = queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || !["success", "invalidate"].includes(event.action.type)) return
    if (event.query.meta?.persist) persist(queryClient)
  })
  const stopMutations = queryClient.getMutationCache().subscribe((event) => {
    if (event.type === "updated") persist(queryClient)
  })
  return () => {
    stopQueries()
    stopMutations()
  }
}

function persist(queryClient: QueryClient): void {
  const about = queryClient.getQueryData(aboutQuery.queryKey)
  if (serverUrl.get() || !about) return
  const settings = queryClient.getQueryData(settingsQuery.queryKey)
  // Nothing is persisted while a mutation is pending: its result is not confirmed.
  if (about.auth_required || settings?.AUTH_REQUIRED.after_restart || queryClient.isMutating()) {
    localStorage.removeItem(STORAGE_KEY)
    return
  }
  const state = dehydrate(queryClient, {
    // An invalidated list is stale.
    shouldDehydrateQuery: ({ meta, state }) =>
      Boolean(meta?.persist) && state.status === "success" && !state.isInvalidated,
  })
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ build: BUILD, state }))
  } catch {
    localStorage.removeItem(STORAGE_KEY) // quota exceeded: the next start shows no page before the backend is ready
  }
}
