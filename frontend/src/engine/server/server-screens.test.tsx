import { act, render, screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog"
import { Toaster } from "@/engine/components/toaster"
import { type Connection, connection, server } from "@/engine/connection/connection"
import { BackendGate } from "@/engine/screens/backend-gate"
import { ServerFailure } from "@/engine/shell"
import { renderWithQueries } from "@/engine/test/render"

const shell = vi.hoisted(() => ({
  runsInShell: () => true,
  areUpdatesOn: vi.fn(),
  checkServer: vi.fn(),
  switchToServer: vi.fn(),
  switchToLocalData: vi.fn(),
}))
vi.mock("@/engine/shell", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/shell")>()),
  ...shell,
}))
const closed = vi.fn()
const probeServer = vi.hoisted(() => vi.fn())
vi.mock("@/engine/connection/connection", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/connection/connection")>()),
  probeServer,
}))

const become = (state: Connection) =>
  act(async () => {
    connection.set(state)
    await vi.dynamicImportSettled()
  })
const fail = (code: string, retrying = false) =>
  become({
    status: "server_unavailable",
    failure: new ServerFailure(code, `Why: ${code}.`),
    retrying,
  })
const button = (name: string) => screen.findByRole("button", { name })

beforeEach(() => {
  server.set("https://app.example.com")
  connection.set({ status: "connecting" })
  shell.areUpdatesOn.mockResolvedValue(false)
  shell.switchToLocalData.mockReset().mockReturnValue(new Promise(() => undefined))
  shell.switchToServer.mockReset().mockReturnValue(new Promise(() => undefined))
  probeServer.mockReset()
})

function renderGate() {
  return renderWithQueries(
    <BackendGate>
      <input aria-label="Title" />
    </BackendGate>,
  )
}

test("while it is asked for the first time the server is named; after a while there is a way back", async () => {
  vi.useFakeTimers()
  try {
    renderGate()
    expect(screen.getByRole("status")).toHaveTextContent("Connecting to https://app.example.com…")
    expect(screen.queryByRole("button")).not.toBeInTheDocument()
    act(() => vi.advanceTimersByTime(3_000))
    expect(screen.getByRole("button", { name: "Use this computer's data" })).toBeVisible()
  } finally {
    vi.useRealTimers()
  }
})

test.each([
  ["server_unreachable", "The server can't be reached"],
  ["window_blocked", "This window can't reach the server"],
  ["server_busy", "The server is busy"],
  ["certificate", "The server's certificate is not accepted"],
  ["server_newer", "This app is too old for the server"],
  ["server_older", "The server is too old for this app"],
  ["not_a_server", "The server can't be used"],
  ["origin_refused", "The server can't be used"],
])(
  "at the start %s is a screen with its reason, another try and the way back",
  async (code, title) => {
    renderGate()
    await fail(code)
    expect(await screen.findByRole("heading", { name: title })).toHaveFocus()
    expect(screen.getByRole("alert")).toHaveTextContent(`Why: ${code}.`)
    expect(screen.queryByLabelText("Title")).not.toBeInTheDocument()
    // Nothing leads on past a certificate, or anything else.
    expect(screen.getAllByRole("button").map((it) => it.textContent)).toEqual([
      "Try again",
      "Use this computer's data",
    ])
    await userEvent.click(await button("Try again"))
    expect(probeServer).toHaveBeenCalledOnce()
    await userEvent.click(await button("Use this computer's data"))
    expect(shell.switchToLocalData).toHaveBeenCalledOnce()
  },
)

test("a newer server is also a reason to look for updates", async () => {
  renderGate()
  await fail("server_newer")
  expect(await screen.findByRole("heading", { name: /^Updates/ })).toBeVisible()
})

test("another try under way is shown, and can't be asked for twice", async () => {
  renderGate()
  await fail("server_unreachable", true)
  expect(await button("Try again")).toBeDisabled()
})

test.each([
  ["server_unreachable", "The connection to the server is lost"],
  ["server_busy", "The server is busy"],
])("%s while in use is said above the page, which keeps what was typed", async (code, title) => {
  renderGate()
  await become({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half")
  await fail(code)
  expect(await screen.findByRole("alert")).toHaveTextContent(title)
  await userEvent.type(screen.getByLabelText("Title"), " a word")
  await userEvent.click(await button("Try again"))
  expect(probeServer).toHaveBeenCalledOnce()
  await become({ status: "ready" })
  expect(screen.queryByRole("alert")).not.toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("half a word")
})

test("above a form in a dialog the server can be tried, and the form stays", async () => {
  renderWithQueries(
    <BackendGate>
      <Dialog open onOpenChange={closed}>
        <DialogContent>
          <DialogTitle>Add Item</DialogTitle>
          <input aria-label="Title" />
        </DialogContent>
      </Dialog>
    </BackendGate>,
  )
  await become({ status: "ready" })
  const title = screen.getByLabelText("Title")
  await userEvent.type(title, "half")
  await fail("server_unreachable")
  // That the bar takes the press at all, the real window's styles say.
  await userEvent.setup({ pointerEventsCheck: 0 }).click(screen.getByText("Try again"))
  expect(probeServer).toHaveBeenCalledOnce()
  expect(closed).not.toHaveBeenCalled()
  expect(title).toHaveFocus()
})

test("a server of another version while in use covers the page, which keeps what was typed", async () => {
  renderGate()
  await become({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half")
  await fail("server_older")
  const cover = await screen.findByRole("dialog", { name: "The server is too old for this app" })
  expect(within(cover).getByText(/What you typed is kept/)).toBeVisible()
  await become({ status: "ready" })
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument())
  expect(screen.getByLabelText("Title")).toHaveValue("half")
  expect(screen.getByLabelText("Title")).toHaveFocus()
})

test("on a page in use the way back asks first, since what is typed is lost", async () => {
  renderGate()
  await become({ status: "ready" })
  await fail("server_unreachable")
  await userEvent.click(await button("Use this computer's data"))
  const question = await screen.findByRole("alertdialog")
  expect(shell.switchToLocalData).not.toHaveBeenCalled()
  await userEvent.click(within(question).getByRole("button", { name: "Cancel" }))
  expect(shell.switchToLocalData).not.toHaveBeenCalled()
  await userEvent.click(await button("Use this computer's data"))
  await userEvent.click(
    within(await screen.findByRole("alertdialog")).getByRole("button", {
      name: "Use this computer's data",
    }),
  )
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
})

test("a way back that fails is said, and can be tried again", async () => {
  shell.switchToLocalData.mockRejectedValueOnce(new ServerFailure("choice_not_kept", "Disk full."))
  renderGate()
  await fail("server_unreachable")
  await userEvent.click(await button("Use this computer's data"))
  expect(await screen.findByText("Disk full.")).toBeVisible()
  expect(await button("Use this computer's data")).toBeEnabled()
})

test("a choice that can't be read is asked for anew", async () => {
  render(
    <>
      <BackendGate>
        <p>The app</p>
      </BackendGate>
      <Toaster />
    </>,
  )
  shell.checkServer.mockResolvedValue({ url: "https://b.example.com", version: "2" })
  await become({
    status: "choice_unreadable",
    failure: new ServerFailure("choice_damaged", "server.json can't be read."),
  })
  expect(await screen.findByRole("alert")).toHaveTextContent("server.json can't be read.")
  expect(screen.queryByText("The app")).not.toBeInTheDocument()
  await userEvent.type(screen.getByLabelText("Address"), "b.example.com{Enter}")
  await userEvent.click(await button("Use this server"))
  expect(shell.switchToServer).toHaveBeenCalledExactlyOnceWith("https://b.example.com")
})
