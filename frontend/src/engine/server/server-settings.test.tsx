import { screen, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { server } from "@/engine/connection/connection"
import { startSession } from "@/engine/connection/session"
import { ServerFailure } from "@/engine/shell"
import { fakeAccounts } from "@/test/fake-accounts"
import { makeUser } from "@/test/fake-backend"
import { renderApp } from "@/test/render-app"

const shell = vi.hoisted(() => ({
  runsInShell: vi.fn(),
  checkServer: vi.fn(),
  chooseServer: vi.fn(),
  chooseThisComputer: vi.fn(),
  areUpdatesOn: vi.fn(),
}))
vi.mock("@/engine/shell", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/shell")>()),
  ...shell,
}))

const URL_OF_SERVER = "https://app.example.com"
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
  server.set(undefined)
  shell.runsInShell.mockReturnValue(true)
  shell.areUpdatesOn.mockResolvedValue(false)
  shell.checkServer.mockReset().mockResolvedValue({ url: URL_OF_SERVER, version: "7" })
  shell.chooseServer.mockReset().mockReturnValue(new Promise(() => undefined))
  shell.chooseThisComputer.mockReset().mockReturnValue(new Promise(() => undefined))
})

function open(tab: string, about: typeof local, { isSuperuser = true } = {}) {
  if (about.auth_required) startSession("good")
  const requests = fakeAccounts({
    authRequired: about.auth_required,
    user: makeUser(1, { is_superuser: isSuperuser }),
    answer: ({ path }) => {
      if (path.endsWith("/about/")) return { data: about }
      return path.endsWith("/settings/") ? { data: settings } : undefined
    },
  })
  renderApp(`/settings?tab=${tab}`)
  return requests
}

test("a server is looked at, named, and used once it is confirmed", async () => {
  open("application", local)
  await userEvent.type(await screen.findByLabelText("Address"), " app.example.com ")
  await userEvent.click(await button("Connect"))
  const question = await screen.findByRole("alertdialog", { name: "Use app.example.com?" })
  expect(question).toHaveTextContent("Version 7 answers at https://app.example.com")
  expect(shell.chooseServer).not.toHaveBeenCalled()
  await userEvent.click(within(question).getByRole("button", { name: "Use this server" }))
  expect(shell.chooseServer).toHaveBeenCalledExactlyOnceWith(URL_OF_SERVER)
})

test("why an address is refused is said at the field, which keeps what was typed", async () => {
  shell.checkServer.mockRejectedValue(new ServerFailure("certificate", "It has expired."))
  open("application", local)
  const field = await screen.findByLabelText("Address")
  await userEvent.type(field, "app.example.com{Enter}")
  expect(await screen.findByText("It has expired.")).toBeVisible()
  expect(field).toHaveValue("app.example.com")
  expect(field).toHaveFocus()
  expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument()
})

test("nothing typed is nothing asked", async () => {
  open("application", local)
  await userEvent.click(await button("Connect"))
  expect(await screen.findByText("This field is required.")).toBeVisible()
  expect(shell.checkServer).not.toHaveBeenCalled()
})

test("one that is gone when it is to be used is refused with its reason", async () => {
  shell.chooseServer.mockRejectedValue(new ServerFailure("server_unreachable", "It is gone."))
  open("application", local)
  await userEvent.type(await screen.findByLabelText("Address"), "app.example.com{Enter}")
  await userEvent.click(await button("Use this server"))
  expect(await screen.findByText("It is gone.")).toBeVisible()
})

test("in a browser no server is offered", async () => {
  shell.runsInShell.mockReturnValue(false)
  open("application", local)
  expect(await screen.findByRole("heading", { name: "Authentication" })).toBeVisible()
  expect(screen.queryByLabelText("Address")).not.toBeInTheDocument()
})

test("on a server everybody finds the way back, and nothing that it refuses", async () => {
  server.set(URL_OF_SERVER)
  const requests = open("application", ofServer, { isSuperuser: false })
  await userEvent.click(await button("Use this computer's data"))
  const question = await screen.findByRole("alertdialog")
  await userEvent.click(within(question).getByRole("button", { name: "Use this computer's data" }))
  expect(shell.chooseThisComputer).toHaveBeenCalledOnce()
  for (const refused of ["Authentication", "Log", "Port"]) {
    expect(screen.queryByRole("heading", { name: refused })).not.toBeInTheDocument()
  }
  expect(requests.some(({ path }) => path.includes("settings"))).toBe(false)
})

test("a server's own page in a browser has no settings that it refuses", async () => {
  shell.runsInShell.mockReturnValue(false)
  open("data", ofServer)
  expect(await screen.findByText(/pg_dump/)).toBeVisible()
  expect(screen.queryByRole("tab", { name: "Application" })).not.toBeInTheDocument()
})

test("a server's backups are nobody's in the app, and are not asked for", async () => {
  server.set(URL_OF_SERVER)
  const requests = open("data", ofServer)
  expect(await screen.findByText(/pg_dump/)).toBeVisible()
  expect(screen.queryByRole("button", { name: "Back up now" })).not.toBeInTheDocument()
  expect(requests.some(({ path }) => path.includes("backups"))).toBe(false)
})

test("which server it is stands in the sidebar and in About", async () => {
  server.set(URL_OF_SERVER)
  open("about", ofServer)
  expect(await screen.findByRole("link", { name: "On the server app.example.com" })).toBeVisible()
  expect(screen.getByText(URL_OF_SERVER)).toBeVisible()
})

test("the login names the server, and leads back those who have no account there", async () => {
  server.set(URL_OF_SERVER)
  fakeAccounts()
  renderApp("/login")
  expect(await screen.findByText("app.example.com")).toBeVisible()
  await userEvent.click(await button("Use this computer's data"))
  expect(shell.chooseThisComputer).toHaveBeenCalledOnce()
})

test("without a server nothing speaks of one at the login", async () => {
  fakeAccounts()
  renderApp("/login")
  expect(await screen.findByRole("heading", { name: "Login to your account" })).toBeVisible()
  expect(screen.queryByRole("button", { name: "Use this computer's data" })).toBeNull()
})
