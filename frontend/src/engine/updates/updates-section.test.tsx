import { screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { renderWithQueries } from "@/engine/test/render"
import { appUpdate } from "@/engine/updates/app-update"
import { UpdatesSection } from "@/engine/updates/updates-section"

const shell = vi.hoisted(() => ({
  areUpdatesOn: vi.fn(),
  checkForUpdate: vi.fn(),
  downloadUpdate: vi.fn(),
  installUpdate: vi.fn(),
}))
vi.mock("@/engine/shell", () => shell)

const offer = { version: "2.0.0", notes: "Faster." }
const pending = () => new Promise<never>(() => undefined)

beforeEach(() => {
  appUpdate.set({ state: { status: "idle" } })
  shell.areUpdatesOn.mockResolvedValue(true)
})

const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }))

test("a build without update keys shows that updates are off, without buttons", async () => {
  shell.areUpdatesOn.mockResolvedValue(false)
  renderWithQueries(<UpdatesSection />)
  expect(await screen.findByRole("heading", { name: "Updates are off" })).toBeVisible()
  expect(screen.queryByRole("button")).not.toBeInTheDocument()
})

test("check, download and installation each need a click", async () => {
  shell.checkForUpdate.mockReset().mockResolvedValue(offer)
  shell.downloadUpdate.mockReset().mockResolvedValue(undefined)
  shell.installUpdate.mockReset().mockImplementation(pending)
  renderWithQueries(<UpdatesSection />)
  await screen.findByRole("button", { name: "Check for updates" })
  expect(shell.checkForUpdate).not.toHaveBeenCalled()
  await press("Check for updates")
  expect(await screen.findByText("Version 2.0.0 is available.")).toBeVisible()
  expect(screen.getByText("Faster.")).toBeVisible()
  expect(shell.downloadUpdate).not.toHaveBeenCalled()
  await press("Download")
  expect(await screen.findByText(/^Version 2.0.0 is downloaded/)).toBeVisible()
  expect(shell.installUpdate).not.toHaveBeenCalled()
  await press("Restart to install")
  expect(shell.installUpdate).toHaveBeenCalledOnce()
  expect(screen.getByRole("button", { name: "Restart to install" })).toBeDisabled()
})

test("without a newer version the app is reported as up to date", async () => {
  shell.checkForUpdate.mockResolvedValue(null)
  renderWithQueries(<UpdatesSection />)
  await press("Check for updates")
  expect(await screen.findByText("The app is up to date.")).toBeVisible()
})

test("a download shows its progress, also after a remount", async () => {
  appUpdate.set({ state: { status: "available", offer } })
  shell.downloadUpdate.mockImplementation((onProgress) => {
    onProgress({ received: 12_500_000, total: 50_000_000 })
    return pending()
  })
  const { unmount } = renderWithQueries(<UpdatesSection />)
  await press("Download")
  expect(await screen.findByRole("progressbar")).toHaveAttribute("aria-valuenow", "25")
  unmount()
  renderWithQueries(<UpdatesSection />)
  expect(await screen.findByText("12.5 of 50.0 MB")).toBeVisible()
  expect(screen.getByRole("button", { name: "Download" })).toBeDisabled()
})

test("progress after the end of a download is ignored", async () => {
  appUpdate.set({ state: { status: "available", offer } })
  shell.downloadUpdate.mockResolvedValue(undefined)
  renderWithQueries(<UpdatesSection />)
  await press("Download")
  expect(await screen.findByRole("button", { name: "Restart to install" })).toBeEnabled()
  shell.downloadUpdate.mock.lastCall?.[0]({ received: 1, total: null })
  expect(appUpdate.get().state.status).toBe("downloaded")
})

test.each([
  ["idle", "checkForUpdate", "Check for updates"],
  ["available", "downloadUpdate", "Download"],
  ["downloaded", "installUpdate", "Restart to install"],
] as const)(
  "a failure in the state '%s' shows the reason, and the step can be repeated",
  async (status, command, name) => {
    appUpdate.set({ state: status === "idle" ? { status } : { status, offer } })
    shell[command]
      .mockRejectedValueOnce(new Error("The server is down."))
      .mockImplementation(pending)
    renderWithQueries(<UpdatesSection />)
    await press(name)
    expect(await screen.findByRole("alert")).toHaveTextContent("The server is down.")
    await press(name)
    await waitFor(() => expect(screen.queryByRole("alert")).not.toBeInTheDocument())
  },
)
