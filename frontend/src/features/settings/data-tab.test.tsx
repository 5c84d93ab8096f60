import { QueryClient } from "@tanstack/react-query"
import { screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { Suspense } from "react"
import { toast } from "sonner"
import { expect, test, vi } from "vitest"
import { saveFile } from "@/engine/lib/save-file"
import { fakeBackend, makeUser, renderWithQueries } from "@/engine/test"
import { DataTab } from "@/features/settings/data-tab"

const runsInShell = vi.hoisted(() => vi.fn())
vi.mock("@/engine/shell", async (original) => ({
  ...(await original<typeof import("@/engine/shell")>()),
  runsInShell,
}))
vi.mock("@/engine/lib/save-file", () => ({ saveFile: vi.fn() }))

const backup = {
  name: "app-1-manual.db",
  created_at: "2026-01-02T03:04:05Z",
  size_bytes: 45_056,
  reason: "manual",
  revision: "0003",
}

const rowError: unknown = { detail: [{ loc: ["body", 2, "title"], msg: "Row 2, title: too long" }] }

function renderTab({
  isSuperuser = true,
  restore = { status: 200, data: {} as unknown },
  importItems = { status: 422, data: rowError },
} = {}) {
  const requests = fakeBackend(({ method, path }) => {
    if (path.endsWith("/users/me")) return { data: makeUser(1, { is_superuser: isSuperuser }) }
    if (path.endsWith("/restore")) return restore
    if (method === "GET") return { data: { data: [backup], count: 1 } }
    return importItems
  })
  renderWithQueries(
    <Suspense>
      <DataTab />
    </Suspense>,
  )
  return requests
}

test("a user who is not a superuser sees export and import but no backups", async () => {
  const requests = renderTab({ isSuperuser: false })
  expect(await screen.findByRole("heading", { name: "Export" })).toBeVisible()
  expect(screen.getByRole("heading", { name: "Import" })).toBeVisible()
  expect(screen.queryByRole("heading", { name: "Backups" })).not.toBeInTheDocument()
  expect(requests.some(({ path }) => path.includes("backups"))).toBe(false)
})

test("a restore invalidates all queries", async () => {
  const refetch = vi.spyOn(QueryClient.prototype, "invalidateQueries")
  renderTab({
    restore: { status: 200, data: { restored: backup.name, previous_database_backup: null } },
  })
  expect(await screen.findByRole("row", { name: /Manual/ })).toHaveTextContent("45.1 kB")
  await userEvent.click(screen.getByRole("button", { name: "Restore" }))
  await userEvent.click(screen.getByRole("button", { name: "Restore" }))
  expect(await screen.findByText("Backup restored")).toBeInTheDocument()
  expect(screen.getByText(/could not be read, so it was not backed up/)).toBeInTheDocument()
  expect(refetch).toHaveBeenCalledWith()
})

test("a failed restore is reported and can be retried", async () => {
  renderTab({ restore: { status: 409, data: { detail: "The backup is damaged." } } })
  await userEvent.click(await screen.findByRole("button", { name: "Restore" }))
  await userEvent.click(screen.getByRole("button", { name: "Restore" }))
  expect(await screen.findByText("The backup is damaged.")).toBeInTheDocument()
  expect(screen.getByRole("alertdialog")).toBeVisible()
})

test("a failed import shows the backend's message about the row", async () => {
  renderTab()
  await userEvent.upload(
    await screen.findByLabelText("File to import"),
    new File(["title\n"], "items.TXT"),
  )
  expect(await screen.findByText("Nothing was imported. Row 2, title: too long")).toBeVisible()
})

test.each([
  [503, { detail: "The backend is shutting down." }, /^The backend is shutting down\.$/],
  [504, "<html></html>", /^The backend responded with status 504\. Your changes may/],
])(
  "an import with the response %s does not claim that nothing was imported",
  async (status, data, message) => {
    renderTab({ importItems: { status, data } })
    await userEvent.upload(
      await screen.findByLabelText("File to import"),
      new File(["title\n"], "items.csv"),
    )
    expect(await screen.findByText(message)).toBeVisible()
  },
)

test.each([
  ["reported in a browser", false, true],
  ["not reported in the window, where the shell reports the download", true, false],
])("an export is %s", async (_outcome, inShell, reported) => {
  runsInShell.mockReturnValue(inShell)
  vi.mocked(saveFile).mockClear()
  const success = vi.spyOn(toast, "success")
  renderTab()
  await userEvent.click(await screen.findByRole("button", { name: "Export JSON" }))
  await waitFor(() => expect(saveFile).toHaveBeenCalled())
  expect(success).toHaveBeenCalledTimes(reported ? 1 : 0)
})
