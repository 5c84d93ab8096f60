import { act, render, screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { type Connection, connection } from "@/engine/connection/connection"
import { BackendGate } from "@/engine/screens/backend-gate"

const { shell } = vi.hoisted(() => ({
  shell: {
    runsInShell: () => true,
    startBackend: vi.fn(),
    startOnAnotherPort: vi.fn(),
    getRecovery: vi.fn(),
    onBackendState: vi.fn(),
    openLogs: vi.fn(),
    quit: vi.fn(),
  },
}))
vi.mock("@/engine/shell", () => shell)

const failure = {
  code: "died_early",
  message: "The backend stopped before it was ready.",
  log_tail: ["Traceback (most recent call last):", "ImportError: nope"],
}

const become = (state: Connection) =>
  act(async () => {
    connection.set(state)
    await vi.dynamicImportSettled()
  })

beforeEach(() => {
  connection.set({ status: "starting", slow: false })
  shell.openLogs.mockResolvedValue(undefined)
  shell.quit.mockResolvedValue(undefined)
  shell.getRecovery.mockResolvedValue({ backups: [], command: "" })
})

function renderGate() {
  return render(
    <BackendGate>
      <input aria-label="Title" />
    </BackendGate>,
  )
}

test("the app appears once the backend is ready, and slowness is said", async () => {
  renderGate()
  expect(screen.getByRole("status")).toHaveTextContent("Starting…")
  await become({ status: "starting", slow: true })
  expect(screen.getByRole("status")).toHaveTextContent("longer than usual")
  expect(screen.queryByLabelText("Title")).not.toBeInTheDocument()
  await become({ status: "migrating" })
  expect(screen.getByRole("status")).toHaveTextContent("Bringing your data up to date")
  await become({ status: "ready" })
  expect(screen.getByLabelText("Title")).toBeVisible()
})

test("the log's last line is in view", async () => {
  vi.spyOn(HTMLPreElement.prototype, "scrollHeight", "get").mockReturnValue(500)
  renderGate()
  await become({ status: "failed", failure })
  const log = screen.getByRole("region", { name: "Last log lines" }).firstElementChild
  expect(log).toHaveProperty("scrollTop", 500)
})

test("a failed start says why, with the log's last lines and every way on", async () => {
  const user = userEvent.setup()
  renderGate()
  await become({ status: "failed", failure })
  expect(screen.getByRole("alert")).toHaveTextContent(failure.message)
  expect(screen.getByRole("alert")).toHaveTextContent("died_early")
  expect(screen.getByRole("region", { name: "Last log lines" })).toHaveTextContent("ImportError")

  await user.click(screen.getByRole("button", { name: "Open logs" }))
  expect(shell.openLogs).toHaveBeenCalledOnce()
  await user.click(screen.getByRole("button", { name: "Copy report" }))
  expect(await screen.findByRole("button", { name: "Copied" })).toBeVisible()
  const report = await navigator.clipboard.readText()
  expect(report).toContain("App under test 0.0.0: died_early")
  expect(report).toContain("ImportError: nope")
  await user.click(screen.getByRole("button", { name: "Quit" }))
  expect(shell.quit).toHaveBeenCalledOnce()
})

test("Retry starts the backend again and opens the app", async () => {
  shell.startBackend.mockResolvedValue({ base_url: "http://127.0.0.1:1", launch_token: "t" })
  renderGate()
  await become({ status: "failed", failure })
  await userEvent.click(screen.getByRole("button", { name: "Retry" }))
  expect(shell.startBackend).toHaveBeenCalledOnce()
  expect(await screen.findByLabelText("Title")).toBeVisible()
})

test("when the backend dies later, what was typed survives the failure and the restart", async () => {
  renderGate()
  await become({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half a sentence")
  await become({ status: "failed", failure })
  expect(screen.getByRole("dialog", { name: "The backend stopped" })).toBeVisible()
  await userEvent.keyboard("{Escape}")
  expect(screen.getByRole("dialog", { name: "The backend stopped" })).toBeVisible()
  await become({ status: "starting", slow: false })
  expect(screen.getByRole("status")).toHaveTextContent("restarting")
  await become({ status: "ready" })
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("half a sentence")
  await waitFor(() => expect(screen.getByLabelText("Title")).toHaveFocus())
})

test("a restart after a crash is counted on a banner, and the form below keeps its text and cursor", async () => {
  renderGate()
  await become({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half a ")
  await become({ status: "restarting", attempt: 2, of: 3 })
  expect(screen.getByRole("status")).toHaveTextContent("Restarting, attempt 2 of 3…")
  await userEvent.keyboard("sentence")
  await become({ status: "ready" })
  expect(screen.queryByRole("status")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("half a sentence")
})

test("a backend that was given up is told with its reason, the newest backups and how to restore one", async () => {
  shell.getRecovery.mockResolvedValue({
    backups: ["/data/backups/app-2.db", "/data/backups/app-1.db"],
    command: "python3 -m app restore /data/backups/app-2.db",
  })
  renderGate()
  await become({ status: "ready" })
  await become({ status: "given_up", failure })
  expect(screen.getByRole("dialog", { name: "The backend keeps stopping" })).toBeVisible()
  expect(screen.getByRole("heading", { level: 1 })).toHaveFocus()
  const backups = await screen.findByRole("region", { name: "Backups" })
  expect(backups).toHaveTextContent("python3 -m app restore /data/backups/app-2.db")
  expect(backups).toHaveTextContent("/data/backups/app-1.db")
})

test("backups are no answer to a failure that has nothing to do with data", async () => {
  renderGate()
  await become({ status: "failed", failure })
  expect(screen.getByRole("heading", { level: 1 })).toHaveFocus()
  expect(shell.getRecovery).not.toHaveBeenCalled()
  await become({ status: "failed", failure: { ...failure, code: "database_unusable" } })
  expect(shell.getRecovery).toHaveBeenCalledOnce()
})

test("a taken port can be done without", async () => {
  shell.startOnAnotherPort.mockResolvedValue({ base_url: "http://127.0.0.1:1", launch_token: "t" })
  renderGate()
  await become({ status: "failed", failure })
  expect(screen.queryByRole("button", { name: "Use another port" })).not.toBeInTheDocument()
  await become({ status: "failed", failure: { ...failure, code: "port_taken" } })
  await userEvent.click(screen.getByRole("button", { name: "Use another port" }))
  expect(shell.startOnAnotherPort).toHaveBeenCalledOnce()
  expect(shell.startBackend).not.toHaveBeenCalled()
  expect(await screen.findByLabelText("Title")).toBeVisible()
})

test("without the launch token the page says where to get it", async () => {
  renderGate()
  await become({ status: "unauthorized" })
  expect(screen.getByRole("alert")).toHaveTextContent("Open the address printed in the terminal")
})

test("a browser's backend that is gone is said above the page, which stays", async () => {
  renderGate()
  await become({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "kept")
  await become({ status: "offline" })
  expect(screen.getByRole("alert")).toHaveTextContent("open the address that it prints")
  await become({ status: "ready" })
  expect(screen.queryByRole("alert")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("kept")
})
