import { QueryClient } from "@tanstack/react-query"
import { expect, test, vi } from "vitest"
import { connection } from "@/engine/connection/connection"
import {
  preloadAllRoutes,
  preloadCurrentRoute,
  refetchOnReconnect,
} from "@/engine/connection/reconnect"
import { afterPointerPress } from "@/engine/lib/pointer-press"
import { runsInShell } from "@/engine/shell"
import { createAppRouter } from "@/router"

vi.mock("@/engine/shell", async (original) => ({
  ...(await original<typeof import("@/engine/shell")>()),
  runsInShell: vi.fn(() => false),
}))

const queryClient = new QueryClient()

test("the pages' code is fetched once, as soon as the app is used", async () => {
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

test("what a first press asks for is asked before the pages' code", async () => {
  const router = createAppRouter(queryClient)
  const load = vi.spyOn(router, "loadRouteChunk").mockReturnValue(Promise.resolve())
  preloadAllRoutes(router)
  window.dispatchEvent(new Event("pointerdown"))
  await Promise.resolve()
  const asked = vi.fn(() => expect(load).not.toHaveBeenCalled())
  window.addEventListener("click", asked, { once: true })
  window.dispatchEvent(new Event("pointerup"))
  window.dispatchEvent(new Event("click"))
  expect(asked).toHaveBeenCalledOnce()
  await vi.waitFor(() => expect(load).toHaveBeenCalled())
})

test("in the window the code of the page at this address does not wait for the backend", () => {
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

test("once there is a backend everything is asked again, a page that failed as well", () => {
  const router = createAppRouter(queryClient)
  const again = vi.spyOn(router, "invalidate").mockResolvedValue(undefined)
  const refetch = vi.spyOn(queryClient, "invalidateQueries").mockResolvedValue(undefined)
  const stop = refetchOnReconnect(queryClient, router)
  connection.set({ status: "ready" })
  expect(refetch).toHaveBeenCalledOnce()
  expect(again).not.toHaveBeenCalled()

  const failed = { ...router.state, matches: [{ status: "error" }] } as typeof router.state
  vi.spyOn(router, "state", "get").mockReturnValue(failed)
  connection.set({ status: "offline" })
  connection.set({ status: "ready" })
  expect(again).toHaveBeenCalledOnce()
  stop()
})
