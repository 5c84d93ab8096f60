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
const follow = () => handleShellEvents(openSettings)

beforeEach(() => {
  shell.runsInShell.mockReturnValue(true)
  connection.set({ status: "ready" })
})

test("the menu's Settings opens the settings", () => {
  follow()
  shell.onOpenSettings.mock.calls[0]?.[0]()
  expect(openSettings).toHaveBeenCalledOnce()
})

test.each(["failed", "given_up"] as const)("no menu leads past the screen of %s", (status) => {
  openSettings.mockClear()
  const failure = { code: "died", message: "It died.", log_tail: [] }
  connection.set({ status, failure })
  follow()
  shell.onOpenSettings.mock.lastCall?.[0]()
  expect(openSettings).not.toHaveBeenCalled()
})

test("the menu's Settings does not throw away what is typed in a dialog", () => {
  openSettings.mockClear()
  document.body.innerHTML = "<div role='dialog'><form></form></div>"
  follow()
  shell.onOpenSettings.mock.lastCall?.[0]()
  expect(openSettings).not.toHaveBeenCalled()
  document.body.innerHTML = ""
})

test("where a file went, or that it could not be saved, is told", () => {
  const [success, error] = [vi.spyOn(toast, "success"), vi.spyOn(toast, "error")]
  follow()
  const tell: (download: Download) => void = shell.onDownload.mock.calls[0]?.[0]
  tell({ path: "/home/me/items.csv", ok: true })
  tell({ path: null, ok: true })
  expect(success.mock.calls).toEqual([["Saved to /home/me/items.csv"], ["Saved to your downloads"]])
  tell({ path: null, ok: false })
  expect(error).toHaveBeenCalledWith("The file could not be saved.")
})

test("a browser is left alone", () => {
  shell.runsInShell.mockReturnValue(false)
  follow()
  expect(shell.onDownload).not.toHaveBeenCalled()
})
