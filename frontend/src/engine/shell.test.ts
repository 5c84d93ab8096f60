import { clearMocks, mockIPC } from "@tauri-apps/api/mocks"
import { afterEach, expect, test } from "vitest"
import { getBillOfMaterials, getLicenses, openDataDir, openLogs } from "@/engine/shell"

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

test.each([
  [getLicenses, "make licenses"],
  [getBillOfMaterials, "make sbom"],
])("in a browser %o names the command that writes the report", async (read, command) => {
  await expect(read()).rejects.toThrow(command)
})
