import { QueryClient } from "@tanstack/react-query"
import { expect, test, vi } from "vitest"
import { connection } from "@/engine/connection/connection"
import { preloadAllRoutes, preloadCurrentRoute } from "@/engine/connection/preload-routes"
import { refetchOnReconnect } from "@/engine/connection/refetch-on-reconnect"
import { afterPointerPress } from "@/engine/lib/pointer-press"
import { runsInShell } from "@/engine/shell"
import { createAppRouter } from "@/router"

vi.mock("@/engine/shell", async (original) => ({
  ...(await original<typeof import("@/engine/shell")>()),
  runsInShell: vi.fn(() => false),
}))

const queryClient = new QueryClient()

test("in a browser all routes are preloaded once, after the first interaction", async () => {
  const router = createAppRouter(queryClient)
  const load = vi.spyOn(router, "loadRouteChunk").mockReturnValue(Promise.resolve())
  preloadAllRoutes(router)
  expect(load).not.toHaveBeenCalled()
  window.dispatchEvent(new KeyboardEvent("keydown"))
  const pages = Object.keys(router.routesById).length
  await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(pages))
  window.dispatchEvent(new Event("pointerdown"))
  window.dispatchEvent(new Event("pointerup"))
  await afterPointerPress()
  expect(load).toHaveBeenCalledTimes(pages)
})

test("the requests of the first press precede the preloads", async () => {
  const router = createAppRouter(queryClient)
  const load = vi.spyOn(router, "loadRouteChunk").mockReturnValue(Promise.resolve())
  preloadAllRoutes(router)
  window.dispatchEvent(new Event("pointerdown"))
  await Promise.resolve()
  const onClick = vi.fn(() => expect(load).not.toHaveBeenCalled())
  window.addEventListener("click", onClick, { once: true })
  window.dispatchEvent(new Event("pointerup"))
  window.dispatchEvent(new Event("click"))
  expect(onClick).toHaveBeenCalledOnce()
  await vi.waitFor(() => expect(load).toHaveBeenCalled())
})

test("in the window the current route is preloaded before the backend is ready", () => {
  window.history.replaceState(null, "", "/items?page=2")
  const router = createAppRouter(queryClient)
  const load = vi.spyOn(router, "loadRouteChunk").mockReturnValue(Promise.resolve())
  preloadCurrentRoute(router)
  expect(load).not.toHaveBeenCalled()
  vi.mocked(runsInShell).mockReturnValueOnce(true)
  preloadCurrentRoute(router)
  expect(load.mock.calls.map(([route]) => route.id)).toEqual(["__root__", "/_app", "/_app/items"])
  window.history.replaceState(null, "", "/")
})

test("when the backend is ready, queries and failed loaders are invalidated", () => {
  const router = createAppRouter(queryClient)
  const invalidate = vi.spyOn(router, "invalidate").mockResolvedValue(undefined)
  const refetch = vi.spyOn(queryClient, "invalidateQueries").mockResolvedValue(undefined)
  const stop = refetchOnReconnect(queryClient, router)
  connection.set({ status: "ready" })
  expect(refetch).toHaveBeenCalledOnce()
  expect(invalidate).not.toHaveBeenCalled()

  const failed = { ...router.state, matches: [{ status: "error" }] } as typeof router.state
  vi.spyOn(router, "state", "get").mockReturnValue(failed)
  connection.set({ status: "offline" })
  connection.set({ status: "ready" })
  expect(invalidate).toHaveBeenCalledOnce()
  stop()
})
