import { screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test, vi } from "vitest"
import { serverUrl } from "@/engine/connection/connection"
import { ErrorPage } from "@/engine/layout/error-page"
import { renderRoutes } from "@/engine/test/render"

const shell = vi.hoisted(() => ({ runsInShell: () => true, switchToLocalData: vi.fn() }))
vi.mock("@/engine/shell", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/shell")>()),
  ...shell,
}))

test("leaving the server on the error page ends server sessions only", async () => {
  serverUrl.set("https://app.example.com")
  localStorage.setItem("access_token https://app.example.com", "server token")
  localStorage.setItem("access_token", "local token")
  shell.switchToLocalData.mockImplementation((leave: () => void) => {
    leave()
    return new Promise(() => undefined)
  })
  renderRoutes({ "/": () => <ErrorPage error={new Error("Garbage.")} reset={vi.fn()} /> }, "/")
  expect(await screen.findByText("Server: https://app.example.com")).toBeVisible()
  await userEvent.click(await screen.findByRole("button", { name: "Use this computer's data" }))
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
  expect(localStorage.getItem("access_token https://app.example.com")).toBeNull()
  expect(localStorage.getItem("access_token")).toBe("local token")
  localStorage.clear()
})
