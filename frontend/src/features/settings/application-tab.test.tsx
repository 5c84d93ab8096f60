import { screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test, vi } from "vitest"
import type { SettingsPublic } from "@/client/types.gen"
import { type FakeRequest, fakeBackend, renderWithQueries } from "@/engine/test"
import { ApplicationTab } from "@/features/settings/application-tab"

const { shell } = vi.hoisted(() => ({
  shell: {
    runsInShell: vi.fn(),
    restartBackend: vi.fn(),
    openDataDir: vi.fn(),
    openLogs: vi.fn(),
  },
}))
vi.mock("@/engine/shell", async (original) => ({
  ...(await original<typeof import("@/engine/shell")>()),
  ...shell,
}))

const unchanged = { restart_needed: false, overridden_by: null }
const settings: SettingsPublic = {
  AUTH_REQUIRED: { value: false, after_restart: false, ...unchanged },
  PORT: { value: 0, after_restart: 0, ...unchanged },
  LOG_LEVEL: { value: "info", after_restart: "info", ...unchanged },
  config_fault: null,
}
const authPending = { value: false, after_restart: true, restart_needed: true, overridden_by: null }

const button = (name: string) => screen.getByRole("button", { name })

function renderTab(
  state: Partial<SettingsPublic> = {},
  {
    inWindow = false,
    patch = (_: FakeRequest): { status?: number; data: unknown } => ({ data: settings }),
  } = {},
) {
  shell.runsInShell.mockReturnValue(inWindow)
  const requests = fakeBackend((request) =>
    request.method === "PATCH" ? patch(request) : { data: { ...settings, ...state } },
  )
  renderWithQueries(<ApplicationTab />)
  return requests
}

test("Restart now restarts the backend in the desktop window", async () => {
  shell.restartBackend.mockResolvedValue(undefined)
  renderTab({ AUTH_REQUIRED: authPending }, { inWindow: true })
  await userEvent.click(await screen.findByRole("button", { name: "Restart now" }))
  expect(shell.restartBackend).toHaveBeenCalledOnce()
})

test("after a failed restart the button is enabled again", async () => {
  shell.restartBackend.mockRejectedValue({
    code: "exited_before_ready",
    message: "no",
    log_tail: [],
  })
  renderTab({ AUTH_REQUIRED: authPending }, { inWindow: true })
  await userEvent.click(await screen.findByRole("button", { name: "Restart now" }))
  await waitFor(() => expect(button("Restart now")).toBeEnabled())
})

test("in a browser the notice explains how to restart the backend", async () => {
  renderTab({ AUTH_REQUIRED: authPending })
  expect(await screen.findByText(/Ctrl\+C/)).toBeVisible()
  expect(screen.queryByRole("button", { name: "Restart now" })).not.toBeInTheDocument()
  expect(screen.queryByRole("button", { name: "Open data folder" })).not.toBeInTheDocument()
})

test("without pending changes there is no restart notice", async () => {
  renderTab({}, { inWindow: true })
  expect(await screen.findByRole("heading", { name: "Port" })).toBeVisible()
  expect(screen.queryByRole("status")).not.toBeInTheDocument()
})

test("the folder buttons open the folders and report failures", async () => {
  shell.openDataDir.mockResolvedValue(undefined)
  shell.openLogs.mockRejectedValue(new Error("No file manager."))
  renderTab({}, { inWindow: true })
  await userEvent.click(await screen.findByRole("button", { name: "Open data folder" }))
  expect(shell.openDataDir).toHaveBeenCalledOnce()
  await userEvent.click(button("Open logs"))
  expect(await screen.findByText("No file manager.")).toBeInTheDocument()
})

test("a new port is sent to the backend", async () => {
  const requests = renderTab()
  const section = within(await screen.findByRole("region", { name: "Port" }))
  await userEvent.clear(section.getByLabelText("Port"))
  await userEvent.type(section.getByLabelText("Port"), "8123{Enter}")
  await waitFor(() => expect(requests.at(-1)).toMatchObject({ body: { PORT: 8123 } }))
})

test("turning on authentication asks for an account if none can log in, and keeps the form's values on failure", async () => {
  const errors = [
    { detail: "Send `owner`", code: "owner_required" },
    { detail: "User with this email already exists", code: "email_taken" },
  ]
  const requests = renderTab({}, { patch: () => ({ status: 409, data: errors.shift() }) })
  await userEvent.click(await screen.findByRole("button", { name: "Turn on" }))
  const dialog = within(await screen.findByRole("dialog"))
  await userEvent.type(await dialog.findByLabelText("Email"), "ada@example.com")
  await userEvent.type(dialog.getByLabelText("Password"), "short")
  await userEvent.type(dialog.getByLabelText("Confirm Password"), "short")
  await userEvent.click(dialog.getByRole("button", { name: "Turn on" }))
  expect(await dialog.findByText("Password must be at least 8 characters")).toBeVisible()
  expect(requests.filter(({ method }) => method === "PATCH")).toHaveLength(1)

  for (const label of ["Password", "Confirm Password"]) {
    await userEvent.clear(dialog.getByLabelText(label))
    await userEvent.type(dialog.getByLabelText(label), "correct horse")
  }
  await userEvent.click(dialog.getByRole("button", { name: "Turn on" }))
  expect(await dialog.findByText("User with this email already exists")).toBeVisible()
  expect(dialog.getByLabelText("Email")).toHaveValue("ada@example.com")
  expect(requests.at(-1)).toMatchObject({
    body: {
      AUTH_REQUIRED: true,
      owner: { email: "ada@example.com", full_name: null, password: "correct horse" },
    },
  })
})
