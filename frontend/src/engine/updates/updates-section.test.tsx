import { screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { renderWithQueries } from "@/engine/test/render"
import { updateState } from "@/engine/updates/app-update"
import { UpdatesSection } from "@/engine/updates/updates-section"

const shell = vi.hoisted(() => ({
  areUpdatesOn: vi.fn(),
  checkForUpdate: vi.fn(),
  downloadUpdate: vi.fn(),
  installUpdate: vi.fn(),
}))
vi.mock("@/engine/shell", () => shell)

const offer = { version: "2.0.0", notes: "Faster." }
const never = () => new Promise<never>(() => undefined)

beforeEach(() => {
  updateState.set({ step: { at: "start" } })
  shell.areUpdatesOn.mockResolvedValue(true)
})

const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }))

test("a build without keys says that updates are off, and offers nothing", async () => {
  shell.areUpdatesOn.mockResolvedValue(false)
  renderWithQueries(<UpdatesSection />)
  expect(await screen.findByRole("heading", { name: "Updates: off" })).toBeVisible()
  expect(screen.queryByRole("button")).not.toBeInTheDocument()
})

test("nothing is asked, fetched or installed before its own click", async () => {
  shell.checkForUpdate.mockReset().mockResolvedValue(offer)
  shell.downloadUpdate.mockReset().mockResolvedValue(undefined)
  shell.installUpdate.mockReset().mockImplementation(never)
  renderWithQueries(<UpdatesSection />)
  await screen.findByRole("button", { name: "Check for updates" })
  expect(shell.checkForUpdate).not.toHaveBeenCalled()
  await press("Check for updates")
  expect(await screen.findByText("Version 2.0.0 is there.")).toBeVisible()
  expect(screen.getByText("Faster.")).toBeVisible()
  expect(shell.downloadUpdate).not.toHaveBeenCalled()
  await press("Download")
  expect(await screen.findByText(/^Version 2.0.0 is downloaded/)).toBeVisible()
  expect(shell.installUpdate).not.toHaveBeenCalled()
  await press("Restart to install")
  expect(shell.installUpdate).toHaveBeenCalledOnce()
  expect(screen.getByRole("button", { name: "Restart to install" })).toBeDisabled()
})

test("there may be nothing newer", async () => {
  shell.checkForUpdate.mockResolvedValue(null)
  renderWithQueries(<UpdatesSection />)
  await press("Check for updates")
  expect(await screen.findByText("You have the newest version.")).toBeVisible()
})

test("a download tells how far it is, also to whoever comes back to the page", async () => {
  updateState.set({ step: { at: "found", offer } })
  shell.downloadUpdate.mockImplementation((tell) => {
    tell({ received: 12_500_000, total: 50_000_000 })
    return never()
  })
  const { unmount } = renderWithQueries(<UpdatesSection />)
  await press("Download")
  expect(await screen.findByRole("progressbar")).toHaveAttribute("aria-valuenow", "25")
  unmount()
  renderWithQueries(<UpdatesSection />)
  expect(await screen.findByText("12.5 of 50.0 MB")).toBeVisible()
  expect(screen.getByRole("button", { name: "Download" })).toBeDisabled()
})

test("progress that comes after the end changes nothing", async () => {
  updateState.set({ step: { at: "found", offer } })
  shell.downloadUpdate.mockResolvedValue(undefined)
  renderWithQueries(<UpdatesSection />)
  await press("Download")
  expect(await screen.findByRole("button", { name: "Restart to install" })).toBeEnabled()
  shell.downloadUpdate.mock.lastCall?.[0]({ received: 1, total: null })
  expect(updateState.get().step.at).toBe("downloaded")
})

test.each([
  ["start", "checkForUpdate", "Check for updates"],
  ["found", "downloadUpdate", "Download"],
  ["downloaded", "installUpdate", "Restart to install"],
] as const)(
  "a failure at '%s' is named, and the step can be tried again",
  async (at, step, name) => {
    updateState.set({ step: at === "start" ? { at } : { at, offer } })
    shell[step].mockRejectedValueOnce(new Error("The server is down.")).mockImplementation(never)
    renderWithQueries(<UpdatesSection />)
    await press(name)
    expect(await screen.findByRole("alert")).toHaveTextContent("The server is down.")
    await press(name)
    await waitFor(() => expect(screen.queryByRole("alert")).not.toBeInTheDocument())
  },
)
