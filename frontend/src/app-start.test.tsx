import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { act, render, screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { connection, holdRequestsUntilReady, serverUrl } from "@/engine/connection/connection"
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
  serverUrl.set(undefined)
  connection.set({ status: "starting", slow: false })
})

/** Renders the app as a new window does. Returns a function that closes it. */
function openWindow() {
  connection.set({ status: "starting", slow: false })
  hasPersistedQueries.set(false)
  const queryClient = createQueryClient()
  const router = createAppRouter(queryClient)
  onTestFinished(holdRequestsUntilReady())
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

const setConnection = (state: Parameters<typeof connection.set>[0]) =>
  act(async () => connection.set(state))

/** Opens a window, waits for its items and closes it. Query results are persisted when they arrive, not on closing. */
async function openAndClose(title = "Old lamp") {
  const close = openWindow()
  await setConnection({ status: "ready" })
  expect(await screen.findByText(title)).toBeVisible()
  close()
}

/** State of the fake backend. The response to a POST waits for the promise `stored`. */
const backend = { auth_required: false, titles: ["Old lamp"], stored: Promise.resolve() }
const created: unknown[] = []

beforeEach(() => {
  Object.assign(backend, { auth_required: false, titles: ["Old lamp"], stored: Promise.resolve() })
  created.length = 0
  fakeBackend(async ({ method, path, body }) => {
    if (path.endsWith("/about/")) {
      return { data: { version: "1", auth_required: backend.auth_required, signup: false } }
    }
    if (path.endsWith("/me")) return { data: makeUser(1) }
    if (method === "POST") {
      created.push(body)
      await backend.stored
    }
    const data = backend.titles.map((title, number) => ({
      id: `00000000-0000-4000-8000-00000000000${number}`,
      title,
      created_at: "2026-01-02T03:04:05Z",
    }))
    return { data: method === "POST" ? data[0] : { data, count: data.length } }
  })
})

test("persisted queries are shown before the backend is ready, and then refetched", async () => {
  await openAndClose()
  backend.titles = ["New lamp"]
  openWindow()
  const stale = await screen.findByText("Old lamp")
  expect(stale).toBeVisible()
  expect(stale.closest("[aria-busy=true]"), "stale content is marked as busy").not.toBeNull()
  expect(screen.queryByRole("status")).not.toBeInTheDocument()
  await setConnection({ status: "ready" })
  const fresh = await screen.findByText("New lamp")
  expect(fresh).toBeVisible()
  expect(fresh.closest("[aria-busy=true]")).toBeNull()
  expect(screen.queryByText("Old lamp")).not.toBeInTheDocument()
})

test("a mutation before the backend is ready is sent when it is ready", async () => {
  await openAndClose()
  openWindow()
  await userEvent.click(await screen.findByRole("button", { name: "Add Item" }))
  await userEvent.type(await screen.findByLabelText(/^Title/), "Early bird")
  await userEvent.click(screen.getByRole("button", { name: "Save" }))
  expect(created).toEqual([])
  await setConnection({ status: "ready" })
  await waitFor(() => expect(created).toEqual([expect.objectContaining({ title: "Early bird" })]))
})

test("an invalidated list that was not refetched is not shown", async () => {
  const close = openWindow()
  await setConnection({ status: "ready" })
  expect(await screen.findByText("Old lamp")).toBeVisible()
  await userEvent.click(screen.getByRole("link", { name: "Items" }))
  await userEvent.click(await screen.findByRole("button", { name: "Add Item" }))
  await userEvent.type(await screen.findByLabelText(/^Title/), "New lamp")
  backend.titles = ["New lamp"]
  await userEvent.click(screen.getByRole("button", { name: "Save" }))
  expect(await screen.findByTitle("New lamp")).toBeVisible()
  close()
  history.replaceState(null, "", "/")
  openWindow()
  expect(await screen.findByText("Total items")).toBeVisible()
  expect(screen.queryByText("Old lamp")).not.toBeInTheDocument()
})

test("nothing is persisted while a mutation is pending", async () => {
  openWindow()
  await setConnection({ status: "ready" })
  expect(await screen.findByText("Old lamp")).toBeVisible()
  expect(localStorage.getItem("persisted_queries")).toContain("Old lamp")
  let respond: () => void = () => undefined
  backend.stored = new Promise((resolve) => (respond = () => resolve(undefined)))
  await userEvent.click(await screen.findByRole("button", { name: "Add Item" }))
  await userEvent.type(await screen.findByLabelText(/^Title/), "New lamp")
  await userEvent.click(screen.getByRole("button", { name: "Save" }))
  await waitFor(() => expect(created).toHaveLength(1))
  expect(localStorage.getItem("persisted_queries")).toBeNull()
  respond()
  await waitFor(() => expect(localStorage.getItem("persisted_queries")).toContain("Old lamp"))
})

test("persisted queries are removed when a login is required", async () => {
  await openAndClose()
  backend.auth_required = true
  openWindow()
  expect(await screen.findByText("Old lamp")).toBeVisible()
  await setConnection({ status: "ready" })
  await waitFor(() => expect(localStorage.getItem("persisted_queries")).toBeNull())
})

test("above persisted content, a slow start and a migration show a banner, and a failure shows a dialog", async () => {
  await openAndClose()
  openWindow()
  await setConnection({ status: "starting", slow: true })
  expect(screen.getByRole("status")).toHaveTextContent("longer than usual")
  await setConnection({ status: "migrating" })
  expect(screen.getByRole("status")).toHaveTextContent("Updating your data")
  const failure = { code: "database_unusable", message: "The file is broken.", log_tail: [] }
  await setConnection({ status: "failed", failure })
  expect(await screen.findByRole("dialog", { name: "The app could not start" })).toBeVisible()
})

test("persisted queries are removed when a restart will require a login", async () => {
  await openAndClose()
  const queryClient = createQueryClient()
  onTestFinished(persistQueries(queryClient))
  queryClient.setQueryData(["about"], { version: "1", auth_required: false })
  queryClient.setQueryData(["settings"], { AUTH_REQUIRED: { after_restart: true } })
  await queryClient.fetchQuery(currentUserQuery)
  expect(localStorage.getItem("persisted_queries")).toBeNull()
})

test("in server mode nothing is persisted", async () => {
  serverUrl.set("https://server.test")
  await openAndClose()
  expect(localStorage.getItem("persisted_queries")).toBeNull()
})

const OTHER_BUILD = JSON.stringify({ build: "another", state: {} })

test.each(["{", "{}", OTHER_BUILD, "null"])("the persisted value %s shows no page", (value) => {
  localStorage.setItem("persisted_queries", value)
  openWindow()
  expect(screen.getByRole("status")).toHaveTextContent("Starting…")
})

test("without the persisted current user no page is shown", async () => {
  await openAndClose()
  const persisted = JSON.parse(localStorage.getItem("persisted_queries") ?? "")
  const isMe = ({ queryKey }: { queryKey: unknown }) =>
    JSON.stringify(queryKey) === JSON.stringify(currentUserQuery.queryKey)
  expect(persisted.state.queries.filter(isMe)).toHaveLength(1)
  persisted.state.queries = persisted.state.queries.filter(
    (query: { queryKey: unknown }) => !isMe(query),
  )
  localStorage.setItem("persisted_queries", JSON.stringify(persisted))
  openWindow()
  expect(screen.getByRole("status")).toHaveTextContent("Starting…")
})

test("with a full storage nothing is persisted, and the app works", async () => {
  const setItem = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError")
  })
  await openAndClose()
  expect(setItem).toHaveBeenCalled()
  setItem.mockRestore()
  expect(localStorage.getItem("persisted_queries")).toBeNull()
})
