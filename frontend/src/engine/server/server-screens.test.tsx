import { act, render, screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog"
import { Toaster } from "@/engine/components/toaster"
import { type ConnectionState, connection, serverUrl } from "@/engine/connection/connection"
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
const onOpenChange = vi.fn()
const probeServer = vi.hoisted(() => vi.fn())
vi.mock("@/engine/connection/connection", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/connection/connection")>()),
  probeServer,
}))

const setConnection = (state: ConnectionState) =>
  act(async () => {
    connection.set(state)
    await vi.dynamicImportSettled()
  })
const fail = (code: string, retrying = false) =>
  setConnection({
    status: "server_unavailable",
    failure: new ServerFailure(code, `Why: ${code}.`),
    retrying,
  })
const button = (name: string) => screen.findByRole("button", { name })

beforeEach(() => {
  serverUrl.set("https://app.example.com")
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

test("the connecting screen names the server and offers to switch back after a delay", async () => {
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
  ["certificate", "The server's certificate is not trusted"],
  ["server_newer", "This app is too old for the server"],
  ["server_older", "The server is too old for this app"],
  ["not_a_server", "The server can't be used"],
  ["origin_refused", "The server can't be used"],
])(
  "before the first connection %s shows a full screen with the reason and two actions",
  async (code, title) => {
    renderGate()
    await fail(code)
    expect(await screen.findByRole("heading", { name: title })).toHaveFocus()
    expect(screen.getByRole("alert")).toHaveTextContent(`Why: ${code}.`)
    expect(screen.queryByLabelText("Title")).not.toBeInTheDocument()
    // No action bypasses the check, even if the failure is an untrusted certificate.
    expect(screen.getAllByRole("button").map((element) => element.textContent)).toEqual([
      "Try again",
      "Use this computer's data",
    ])
    await userEvent.click(await button("Try again"))
    expect(probeServer).toHaveBeenCalledOnce()
    await userEvent.click(await button("Use this computer's data"))
    expect(shell.switchToLocalData).toHaveBeenCalledOnce()
  },
)

test("a newer server also shows the updates section", async () => {
  renderGate()
  await fail("server_newer")
  expect(await screen.findByRole("heading", { name: /^Updates/ })).toBeVisible()
})

test("during a probe Try again is disabled", async () => {
  renderGate()
  await fail("server_unreachable", true)
  expect(await button("Try again")).toBeDisabled()
})

test.each([
  ["server_unreachable", "The connection to the server was lost"],
  ["server_busy", "The server is busy"],
])(
  "after the first connection %s shows a banner above the page, which retains typed text",
  async (code, title) => {
    renderGate()
    await setConnection({ status: "ready" })
    await userEvent.type(screen.getByLabelText("Title"), "half")
    await fail(code)
    expect(await screen.findByRole("alert")).toHaveTextContent(title)
    await userEvent.type(screen.getByLabelText("Title"), " a word")
    await userEvent.click(await button("Try again"))
    expect(probeServer).toHaveBeenCalledOnce()
    await setConnection({ status: "ready" })
    expect(screen.queryByRole("alert")).not.toBeInTheDocument()
    expect(screen.getByLabelText("Title")).toHaveValue("half a word")
  },
)

test("Try again works above an open dialog, which stays open", async () => {
  renderWithQueries(
    <BackendGate>
      <Dialog open onOpenChange={onOpenChange}>
        <DialogContent>
          <DialogTitle>Add Item</DialogTitle>
          <input aria-label="Title" />
        </DialogContent>
      </Dialog>
    </BackendGate>,
  )
  await setConnection({ status: "ready" })
  const title = screen.getByLabelText("Title")
  await userEvent.type(title, "half")
  await fail("server_unreachable")
  // jsdom has no stylesheet: the banner's pointer-events class is tested end to end.
  await userEvent.setup({ pointerEventsCheck: 0 }).click(screen.getByText("Try again"))
  expect(probeServer).toHaveBeenCalledOnce()
  expect(onOpenChange).not.toHaveBeenCalled()
  expect(title).toHaveFocus()
})

test("a server of another version covers the page, which retains typed text", async () => {
  renderGate()
  await setConnection({ status: "ready" })
  await userEvent.type(screen.getByLabelText("Title"), "half")
  await fail("server_older")
  const overlay = await screen.findByRole("dialog", { name: "The server is too old for this app" })
  expect(within(overlay).getByText(/Unsaved text stays/)).toBeVisible()
  await setConnection({ status: "ready" })
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument())
  expect(screen.getByLabelText("Title")).toHaveValue("half")
  expect(screen.getByLabelText("Title")).toHaveFocus()
})

test("above a page, switching back asks for confirmation", async () => {
  renderGate()
  await setConnection({ status: "ready" })
  await fail("server_unreachable")
  await userEvent.click(await button("Use this computer's data"))
  const dialog = await screen.findByRole("alertdialog")
  expect(shell.switchToLocalData).not.toHaveBeenCalled()
  await userEvent.click(within(dialog).getByRole("button", { name: "Cancel" }))
  expect(shell.switchToLocalData).not.toHaveBeenCalled()
  await userEvent.click(await button("Use this computer's data"))
  await userEvent.click(
    within(await screen.findByRole("alertdialog")).getByRole("button", {
      name: "Use this computer's data",
    }),
  )
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
})

test("a failed switch back shows the reason and can be repeated", async () => {
  shell.switchToLocalData.mockRejectedValueOnce(new ServerFailure("choice_not_saved", "Disk full."))
  renderGate()
  await fail("server_unreachable")
  await userEvent.click(await button("Use this computer's data"))
  expect(await screen.findByText("Disk full.")).toBeVisible()
  expect(await button("Use this computer's data")).toBeEnabled()
})

test("with an unreadable server choice switching back ends server sessions only", async () => {
  serverUrl.set(undefined)
  localStorage.setItem("access_token https://app.example.com", "server token")
  localStorage.setItem("access_token", "local token")
  shell.switchToLocalData.mockImplementation((beforeReload: () => void) => {
    beforeReload()
    return new Promise(() => undefined)
  })
  renderGate()
  await setConnection({
    status: "choice_unreadable",
    failure: new ServerFailure("choice_damaged", "server.json can't be read."),
  })
  await userEvent.click(await button("Use this computer's data"))
  expect({ ...localStorage }).toEqual({ access_token: "local token" })
})

test("with an unreadable server choice the user can choose again", async () => {
  render(
    <>
      <BackendGate>
        <p>The app</p>
      </BackendGate>
      <Toaster />
    </>,
  )
  shell.checkServer.mockResolvedValue({ url: "https://b.example.com", version: "2" })
  await setConnection({
    status: "choice_unreadable",
    failure: new ServerFailure("choice_damaged", "server.json can't be read."),
  })
  expect(await screen.findByRole("alert")).toHaveTextContent("server.json can't be read.")
  expect(screen.queryByText("The app")).not.toBeInTheDocument()
  await userEvent.type(screen.getByLabelText("Address"), "b.example.com{Enter}")
  await userEvent.click(await button("Use this server"))
  expect(shell.switchToServer).toHaveBeenCalledExactlyOnceWith("https://b.example.com")
})
