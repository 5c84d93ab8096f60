import { QueryClient } from "@tanstack/react-query"
import { RouterContextProvider } from "@tanstack/react-router"
import { screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test, vi } from "vitest"
import { ErrorPage } from "@/components/layout/error-page"
import { server } from "@/engine"
import { renderWithQueries } from "@/engine/test"
import { createAppRouter } from "@/router"

const shell = vi.hoisted(() => ({ runsInShell: () => true, switchToLocalData: vi.fn() }))
vi.mock("@/engine/shell", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/shell")>()),
  ...shell,
}))

test("the error page offers to leave the server, which ends its session only", async () => {
  server.set("https://app.example.com")
  localStorage.setItem("access_token https://app.example.com", "theirs")
  localStorage.setItem("access_token", "ours")
  shell.switchToLocalData.mockImplementation((leave: () => void) => {
    leave()
    return new Promise(() => undefined)
  })
  renderWithQueries(
    <RouterContextProvider router={createAppRouter(new QueryClient())}>
      <ErrorPage error={new Error("Garbage.")} reset={vi.fn()} />
    </RouterContextProvider>,
  )
  expect(await screen.findByText("On the server https://app.example.com")).toBeVisible()
  await userEvent.click(await screen.findByRole("button", { name: "Use this computer's data" }))
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
  expect(localStorage.getItem("access_token https://app.example.com")).toBeNull()
  expect(localStorage.getItem("access_token")).toBe("ours")
  localStorage.clear()
})
