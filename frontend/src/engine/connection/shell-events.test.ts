import { toast } from "sonner"
import { beforeEach, expect, test, vi } from "vitest"
import { connection } from "@/engine/connection/connection"
import { handleShellEvents } from "@/engine/connection/shell-events"
import type { Download } from "@/engine/shell"

const shell = vi.hoisted(() => ({
  runsInShell: vi.fn(),
  onOpenSettings: vi.fn(),
  onDownload: vi.fn(),
}))
vi.mock("@/engine/shell", () => shell)

const openSettings = vi.fn()
const handleEvents = () => handleShellEvents(openSettings)

beforeEach(() => {
  shell.runsInShell.mockReturnValue(true)
  connection.set({ status: "ready" })
})

test("the Settings menu item opens the settings page", () => {
  handleEvents()
  shell.onOpenSettings.mock.calls[0]?.[0]()
  expect(openSettings).toHaveBeenCalledOnce()
})

test.each(["failed", "restart_failed"] as const)(
  "the menu does not navigate in the state %s",
  (status) => {
    openSettings.mockClear()
    const failure = { code: "exited_unexpectedly", message: "It exited.", log_tail: [] }
    connection.set({ status, failure })
    handleEvents()
    shell.onOpenSettings.mock.lastCall?.[0]()
    expect(openSettings).not.toHaveBeenCalled()
  },
)

test("the Settings menu item does not close an open form", () => {
  openSettings.mockClear()
  document.body.innerHTML = "<div role='dialog'><form></form></div>"
  handleEvents()
  shell.onOpenSettings.mock.lastCall?.[0]()
  expect(openSettings).not.toHaveBeenCalled()
  document.body.innerHTML = ""
})

test("a toast reports where a download was saved, or that it failed", () => {
  const [success, error] = [vi.spyOn(toast, "success"), vi.spyOn(toast, "error")]
  handleEvents()
  const emitDownload: (download: Download) => void = shell.onDownload.mock.calls[0]?.[0]
  emitDownload({ path: "/home/me/items.csv", ok: true })
  emitDownload({ path: null, ok: true })
  expect(success.mock.calls).toEqual([
    ["Saved to /home/me/items.csv"],
    ["Saved to your downloads folder"],
  ])
  emitDownload({ path: null, ok: false })
  expect(error).toHaveBeenCalledWith(
    "The file could not be saved. Check your downloads folder and try again.",
  )
})

test("in a browser no shell events are handled", () => {
  shell.runsInShell.mockReturnValue(false)
  handleEvents()
  expect(shell.onDownload).not.toHaveBeenCalled()
})
