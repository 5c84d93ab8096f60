import { clearMocks, mockIPC } from "@tauri-apps/api/mocks"
import { afterEach, expect, test } from "vitest"
import { openDataDir, openLogs } from "@/engine/shell"

afterEach(clearMocks)

test.each([openDataDir, openLogs])(
  "%o rejects with the plugin's message as an Error",
  async (open) => {
    mockIPC(() => {
      throw "The folder could not be opened."
    })
    await expect(open()).rejects.toEqual(new Error("The folder could not be opened."))
  },
)
