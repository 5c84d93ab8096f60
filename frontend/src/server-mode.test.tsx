import { screen, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { serverUrl } from "@/engine/connection/connection"
import { startSession } from "@/engine/connection/session"
import { makeUser } from "@/engine/test"
import { fakeAccounts } from "@/test/fake-accounts"
import { renderApp } from "@/test/render-app"

const shell = vi.hoisted(() => ({
  runsInShell: vi.fn(),
  switchToLocalData: vi.fn(),
  areUpdatesOn: vi.fn(),
}))
vi.mock("@/engine/shell", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/shell")>()),
  ...shell,
}))

const SERVER_URL = "https://app.example.com"
const local = { version: "1", auth_required: false, server: false, api_version: 1 }
const ofServer = { version: "1", auth_required: true, server: true, api_version: 1 }
const unchanged = { restart_needed: false, overridden_by: null }
const settings = {
  AUTH_REQUIRED: { value: false, after_restart: false, ...unchanged },
  PORT: { value: 0, after_restart: 0, ...unchanged },
  LOG_LEVEL: { value: "info", after_restart: "info", ...unchanged },
  config_fault: null,
}
const button = (name: string) => screen.findByRole("button", { name })

beforeEach(() => {
  serverUrl.set(undefined)
  shell.runsInShell.mockReturnValue(true)
  shell.areUpdatesOn.mockResolvedValue(false)
  shell.switchToLocalData.mockReset().mockReturnValue(new Promise(() => undefined))
})

function open(tab: string, about: typeof local, { isSuperuser = true } = {}) {
  if (about.auth_required) startSession("good")
  const requests = fakeAccounts({
    authRequired: about.auth_required,
    user: makeUser(1, { is_superuser: isSuperuser }),
    respond: ({ path }) => {
      if (path.endsWith("/about/")) return { data: about }
      return path.endsWith("/settings/") ? { data: settings } : undefined
    },
  })
  renderApp(`/settings?tab=${tab}`)
  return requests
}

test("a browser does not offer a server", async () => {
  shell.runsInShell.mockReturnValue(false)
  open("application", local)
  expect(await screen.findByRole("heading", { name: "Authentication" })).toBeVisible()
  expect(screen.queryByLabelText("Address")).not.toBeInTheDocument()
})

test("in server mode every user can switch back, and the backend settings are hidden", async () => {
  serverUrl.set(SERVER_URL)
  const requests = open("application", ofServer, { isSuperuser: false })
  await userEvent.click(await button("Use this computer's data"))
  const dialog = await screen.findByRole("alertdialog")
  await userEvent.click(within(dialog).getByRole("button", { name: "Use this computer's data" }))
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
  for (const hidden of ["Authentication", "Logging", "Port"]) {
    expect(screen.queryByRole("heading", { name: hidden })).not.toBeInTheDocument()
  }
  expect(requests.some(({ path }) => path.includes("settings"))).toBe(false)
})

test("a server opened in a browser shows no application settings", async () => {
  shell.runsInShell.mockReturnValue(false)
  open("data", ofServer)
  expect(await screen.findByText(/pg_dump/)).toBeVisible()
  expect(screen.queryByRole("tab", { name: "Application" })).not.toBeInTheDocument()
})

test("in server mode backups are neither offered nor requested", async () => {
  serverUrl.set(SERVER_URL)
  const requests = open("data", ofServer)
  expect(await screen.findByText(/pg_dump/)).toBeVisible()
  expect(screen.queryByRole("button", { name: "Back up now" })).not.toBeInTheDocument()
  expect(requests.some(({ path }) => path.includes("backups"))).toBe(false)
})

test("the sidebar and About name the server", async () => {
  serverUrl.set(SERVER_URL)
  open("about", ofServer)
  expect(await screen.findByRole("link", { name: "Server: app.example.com" })).toBeVisible()
  expect(screen.getByText(SERVER_URL)).toBeVisible()
})

test("the login names the server and offers to switch back", async () => {
  serverUrl.set(SERVER_URL)
  fakeAccounts()
  renderApp("/login")
  expect(await screen.findByText("app.example.com")).toBeVisible()
  await userEvent.click(await button("Use this computer's data"))
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
})

test("without a server the login does not mention one", async () => {
  fakeAccounts()
  renderApp("/login")
  expect(await screen.findByRole("heading", { name: "Login to your account" })).toBeVisible()
  expect(screen.queryByRole("button", { name: "Use this computer's data" })).toBeNull()
})
