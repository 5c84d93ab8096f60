import { act, render, screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { type ConnectionState, connection } from "@/engine/connection/connection"
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
  code: "exited_before_ready",
  message: "The backend stopped before it was ready.",
  log_tail: ["Traceback (most recent call last):", "ImportError: nope"],
}

const setConnection = (state: ConnectionState) =>
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

test("the starting screen reports a slow start and a migration until the backend is ready", async () => {
  renderGate()
  expect(screen.getByRole("status")).toHaveTextContent("Starting…")
  await setConnection({ status: "starting", slow: true })
  expect(screen.getByRole("status")).toHaveTextContent("longer than usual")
  expect(screen.queryByLabelText("Title")).not.toBeInTheDocument()
  await setConnection({ status: "migrating" })
  expect(screen.getByRole("status")).toHaveTextContent("Updating your data")
  await setConnection({ status: "ready" })
  expect(screen.getByLabelText("Title")).toBeVisible()
})

test("the log is scrolled to its last line", async () => {
  vi.spyOn(HTMLPreElement.prototype, "scrollHeight", "get").mockReturnValue(500)
  renderGate()
  await setConnection({ status: "failed", failure })
  const log = screen.getByRole("region", { name: "Last log lines" }).firstElementChild
  expect(log).toHaveProperty("scrollTop", 500)
})

test("a failed start shows message, code, log lines and actions", async () => {
  const user = userEvent.setup()
  renderGate()
  await setConnection({ status: "failed", failure })
  expect(screen.getByRole("alert")).toHaveTextContent(failure.message)
  expect(screen.getByRole("alert")).toHaveTextContent("exited_before_ready")
  expect(screen.getByRole("region", { name: "Last log lines" })).toHaveTextContent("ImportError")

  await user.click(screen.getByRole("button", { name: "Open logs" }))
  expect(shell.openLogs).toHaveBeenCalledOnce()
  await user.click(screen.getByRole("button", { name: "Copy report" }))
  expect(await screen.findByRole("button", { name: "Copied" })).toBeVisible()
  const report = await navigator.clipboard.readText()
  expect(report).toContain("App under test 0.0.0: exited_before_ready")
  expect(report).toContain("ImportError: nope")
  await user.click(screen.getByRole("button", { name: "Quit" }))
  expect(shell.quit).toHaveBeenCalledOnce()
})

test("Try again starts the backend and opens the app", async () => {
  shell.startBackend.mockResolvedValue({ base_url: "http://127.0.0.1:1", launch_token: "t" })
  renderGate()
  await setConnection({ status: "failed", failure })
  await userEvent.click(screen.getByRole("button", { name: "Try again" }))
  expect(shell.startBackend).toHaveBeenCalledOnce()
  expect(await screen.findByLabelText("Title")).toBeVisible()
})

test("typed text is preserved when the backend fails and restarts", async () => {
  renderGate()
  await setConnection({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half a sentence")
  await setConnection({ status: "failed", failure })
  expect(screen.getByRole("dialog", { name: "The app stopped working" })).toBeVisible()
  await userEvent.keyboard("{Escape}")
  expect(screen.getByRole("dialog", { name: "The app stopped working" })).toBeVisible()
  await setConnection({ status: "starting", slow: false })
  expect(screen.getByRole("status")).toHaveTextContent("Restarting…")
  await setConnection({ status: "ready" })
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("half a sentence")
  await waitFor(() => expect(screen.getByLabelText("Title")).toHaveFocus())
})

test("a banner shows the restart attempt, and the form retains text and focus", async () => {
  renderGate()
  await setConnection({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half a ")
  await setConnection({ status: "restarting", attempt: 2, of: 3 })
  expect(screen.getByRole("status")).toHaveTextContent("Restarting (attempt 2 of 3)…")
  await userEvent.keyboard("sentence")
  await setConnection({ status: "ready" })
  expect(screen.queryByRole("status")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("half a sentence")
})

test("an exhausted restart budget shows the newest backups and the restore command", async () => {
  shell.getRecovery.mockResolvedValue({
    backups: ["/data/backups/app-2.db", "/data/backups/app-1.db"],
    command: "python3 -m app restore /data/backups/app-2.db",
  })
  renderGate()
  await setConnection({ status: "ready" })
  await setConnection({ status: "restart_failed", failure })
  expect(screen.getByRole("dialog", { name: "The app keeps stopping" })).toBeVisible()
  expect(screen.getByRole("heading", { level: 1 })).toHaveFocus()
  const backups = await screen.findByRole("region", { name: "Backups" })
  expect(backups).toHaveTextContent("python3 -m app restore /data/backups/app-2.db")
  expect(backups).toHaveTextContent("/data/backups/app-1.db")
})

test("a failed start shows backups for database errors only", async () => {
  renderGate()
  await setConnection({ status: "failed", failure })
  expect(screen.getByRole("heading", { level: 1 })).toHaveFocus()
  expect(shell.getRecovery).not.toHaveBeenCalled()
  await setConnection({ status: "failed", failure: { ...failure, code: "database_unusable" } })
  expect(shell.getRecovery).toHaveBeenCalledOnce()
})

test("if the port is in use, the backend can start on another port", async () => {
  shell.startOnAnotherPort.mockResolvedValue({ base_url: "http://127.0.0.1:1", launch_token: "t" })
  renderGate()
  await setConnection({ status: "failed", failure })
  expect(screen.queryByRole("button", { name: "Use another port" })).not.toBeInTheDocument()
  await setConnection({ status: "failed", failure: { ...failure, code: "port_taken" } })
  await userEvent.click(screen.getByRole("button", { name: "Use another port" }))
  expect(shell.startOnAnotherPort).toHaveBeenCalledOnce()
  expect(shell.startBackend).not.toHaveBeenCalled()
  expect(await screen.findByLabelText("Title")).toBeVisible()
})

test("a rejected launch token shows that the printed address must be opened", async () => {
  renderGate()
  await setConnection({ status: "unauthorized" })
  expect(screen.getByRole("alert")).toHaveTextContent("Open the address printed in the terminal")
})

test("in a browser a lost backend is reported above the page, which retains its text", async () => {
  renderGate()
  await setConnection({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "draft")
  await setConnection({ status: "offline" })
  expect(screen.getByRole("alert")).toHaveTextContent("open the address it prints")
  await setConnection({ status: "ready" })
  expect(screen.queryByRole("alert")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("draft")
})
