import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { act, render, screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { connection, pauseRequests, server } from "@/engine/connection/connection"
import {
  hasPersistedQueries,
  persistQueries,
  restorePersistedQueries,
} from "@/engine/connection/persisted-queries"
import { createQueryClient } from "@/engine/connection/query-client"
import { refetchOnReconnect } from "@/engine/connection/refetch-on-reconnect"
import { BackendGate } from "@/engine/screens/backend-gate"
import { fakeBackend, makeUser } from "@/engine/test"
import { currentUserQuery } from "@/features/users/current-user"
import { createAppRouter } from "@/router"

vi.mock("@/engine/shell", async (original) => ({
  ...(await original<typeof import("@/engine/shell")>()),
  getRecovery: () => Promise.resolve({ backups: [], command: "" }),
}))

afterEach(() => {
  hasPersistedQueries.set(false)
  server.set(undefined)
  connection.set({ status: "starting", slow: false })
})

/** The app as a window opens it. */
function openWindow() {
  connection.set({ status: "starting", slow: false })
  hasPersistedQueries.set(false)
  const queryClient = createQueryClient()
  const router = createAppRouter(queryClient)
  onTestFinished(pauseRequests())
  onTestFinished(refetchOnReconnect(queryClient, router))
  restorePersistedQueries(queryClient, [currentUserQuery.queryKey])
  onTestFinished(persistQueries(queryClient))
  const { unmount } = render(
    <QueryClientProvider client={queryClient}>
      <BackendGate>
        <RouterProvider router={router} />
      </BackendGate>
    </QueryClientProvider>,
  )
  return unmount
}

const become = (state: Parameters<typeof connection.set>[0]) =>
  act(async () => connection.set(state))

/** A window that was used: it was open, showed its items, and was closed. */
async function useOnce(seen = "Old lamp") {
  const close = openWindow()
  await become({ status: "ready" })
  expect(await screen.findByText(seen)).toBeVisible()
  close()
}

/** What the backend has; tests change it. */
const has = { auth_required: false, titles: ["Old lamp"], stored: Promise.resolve() }
const added: unknown[] = []

beforeEach(() => {
  Object.assign(has, { auth_required: false, titles: ["Old lamp"], stored: Promise.resolve() })
  added.length = 0
  fakeBackend(async ({ method, path, body }) => {
    if (path.endsWith("/about/")) {
      return { data: { version: "1", auth_required: has.auth_required, signup: false } }
    }
    if (path.endsWith("/me")) return { data: makeUser(1) }
    if (method === "POST") {
      added.push(body)
      await has.stored
    }
    const data = has.titles.map((title, number) => ({
      id: `00000000-0000-4000-8000-00000000000${number}`,
      title,
      created_at: "2026-01-02T03:04:05Z",
    }))
    return { data: method === "POST" ? data[0] : { data, count: data.length } }
  })
})

test("what was seen last time is there before the backend, and is replaced by what it has", async () => {
  await useOnce()
  has.titles = ["New lamp"]
  openWindow()
  const old = await screen.findByText("Old lamp")
  expect(old).toBeVisible()
  expect(old.closest("[aria-busy=true]"), "what is still to change says so").not.toBeNull()
  expect(screen.queryByRole("status")).not.toBeInTheDocument()
  await become({ status: "ready" })
  const now = await screen.findByText("New lamp")
  expect(now).toBeVisible()
  expect(now.closest("[aria-busy=true]")).toBeNull()
  expect(screen.queryByText("Old lamp")).not.toBeInTheDocument()
})

test("what is done before the backend is ready is done once it is", async () => {
  await useOnce()
  openWindow()
  await userEvent.click(await screen.findByRole("button", { name: "Add Item" }))
  await userEvent.type(await screen.findByLabelText(/^Title/), "Early bird")
  await userEvent.click(screen.getByRole("button", { name: "Save" }))
  expect(added).toEqual([])
  await become({ status: "ready" })
  await waitFor(() => expect(added).toEqual([expect.objectContaining({ title: "Early bird" })]))
})

test("a list that was changed and not looked at since is not shown", async () => {
  const close = openWindow()
  await become({ status: "ready" })
  expect(await screen.findByText("Old lamp")).toBeVisible()
  await userEvent.click(screen.getByRole("link", { name: "Items" }))
  await userEvent.click(await screen.findByRole("button", { name: "Add Item" }))
  await userEvent.type(await screen.findByLabelText(/^Title/), "New lamp")
  has.titles = ["New lamp"]
  await userEvent.click(screen.getByRole("button", { name: "Save" }))
  expect(await screen.findByTitle("New lamp")).toBeVisible()
  close()
  history.replaceState(null, "", "/")
  openWindow()
  expect(await screen.findByText("Total items")).toBeVisible()
  expect(screen.queryByText("Old lamp")).not.toBeInTheDocument()
})

test("nothing is kept while a change is under way", async () => {
  openWindow()
  await become({ status: "ready" })
  expect(await screen.findByText("Old lamp")).toBeVisible()
  expect(localStorage.getItem("persisted_queries")).toContain("Old lamp")
  let store: () => void = () => undefined
  has.stored = new Promise((resolve) => (store = () => resolve(undefined)))
  await userEvent.click(await screen.findByRole("button", { name: "Add Item" }))
  await userEvent.type(await screen.findByLabelText(/^Title/), "New lamp")
  await userEvent.click(screen.getByRole("button", { name: "Save" }))
  await waitFor(() => expect(added).toHaveLength(1))
  expect(localStorage.getItem("persisted_queries")).toBeNull()
  store()
  await waitFor(() => expect(localStorage.getItem("persisted_queries")).toContain("Old lamp"))
})

test("once one must log in, what was kept is forgotten", async () => {
  await useOnce()
  has.auth_required = true
  openWindow()
  expect(await screen.findByText("Old lamp")).toBeVisible()
  await become({ status: "ready" })
  await waitFor(() => expect(localStorage.getItem("persisted_queries")).toBeNull())
})

test("a start that takes long, or fails, is said above it", async () => {
  await useOnce()
  openWindow()
  await become({ status: "starting", slow: true })
  expect(screen.getByRole("status")).toHaveTextContent("longer than usual")
  await become({ status: "migrating" })
  expect(screen.getByRole("status")).toHaveTextContent("Updating your data")
  const failure = { code: "database_unusable", message: "The file is broken.", log_tail: [] }
  await become({ status: "failed", failure })
  expect(await screen.findByRole("dialog", { name: "The app could not start" })).toBeVisible()
})

test("what was kept is forgotten as soon as one will have to log in", async () => {
  await useOnce()
  const queryClient = createQueryClient()
  onTestFinished(persistQueries(queryClient))
  queryClient.setQueryData(["about"], { version: "1", auth_required: false })
  queryClient.setQueryData(["settings"], { AUTH_REQUIRED: { after_restart: true } })
  await queryClient.fetchQuery(currentUserQuery)
  expect(localStorage.getItem("persisted_queries")).toBeNull()
})

test("a server's items are not kept", async () => {
  server.set("https://server.test")
  await useOnce()
  expect(localStorage.getItem("persisted_queries")).toBeNull()
})

const OF_ANOTHER_BUILD = JSON.stringify({ build: "another", state: {} })

test.each(["{", "{}", OF_ANOTHER_BUILD, "null"])("of %s nothing is shown", (kept) => {
  localStorage.setItem("persisted_queries", kept)
  openWindow()
  expect(screen.getByRole("status")).toHaveTextContent("Starting…")
})

test("without who one is nothing is shown", async () => {
  await useOnce()
  const kept = JSON.parse(localStorage.getItem("persisted_queries") ?? "")
  const isMe = ({ queryKey }: { queryKey: unknown }) =>
    JSON.stringify(queryKey) === JSON.stringify(currentUserQuery.queryKey)
  expect(kept.state.queries.filter(isMe)).toHaveLength(1)
  kept.state.queries = kept.state.queries.filter((query: { queryKey: unknown }) => !isMe(query))
  localStorage.setItem("persisted_queries", JSON.stringify(kept))
  openWindow()
  expect(screen.getByRole("status")).toHaveTextContent("Starting…")
})

test("a full storage costs no more than the next start's head start", async () => {
  const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError")
  })
  await useOnce()
  expect(full).toHaveBeenCalled()
  full.mockRestore()
  expect(localStorage.getItem("persisted_queries")).toBeNull()
})
