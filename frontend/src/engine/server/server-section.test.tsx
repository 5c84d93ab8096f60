import { screen, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test, vi } from "vitest"
import { ServerSection } from "@/engine/server/server-section"
import { ServerFailure } from "@/engine/shell"
import { renderWithQueries } from "@/engine/test/render"

const shell = vi.hoisted(() => ({
  checkServer: vi.fn(),
  switchToServer: vi.fn(),
  switchToLocalData: vi.fn(),
}))
vi.mock("@/engine/shell", async (importOriginal) => ({
  ...(await importOriginal<typeof import("@/engine/shell")>()),
  ...shell,
}))

const SERVER_URL = "https://app.example.com"
const button = (name: string) => screen.findByRole("button", { name })

beforeEach(() => {
  shell.checkServer.mockReset().mockResolvedValue({ url: SERVER_URL, version: "7" })
  shell.switchToServer.mockReset().mockReturnValue(new Promise(() => undefined))
  shell.switchToLocalData.mockReset().mockReturnValue(new Promise(() => undefined))
})

test("a server is checked, and used after confirmation", async () => {
  renderWithQueries(<ServerSection url={undefined} />)
  await userEvent.type(screen.getByLabelText("Address"), " app.example.com ")
  await userEvent.click(await button("Connect"))
  const dialog = await screen.findByRole("alertdialog", { name: "Use app.example.com?" })
  expect(dialog).toHaveTextContent("https://app.example.com runs version 7")
  expect(shell.switchToServer).not.toHaveBeenCalled()
  await userEvent.click(within(dialog).getByRole("button", { name: "Use this server" }))
  expect(shell.switchToServer).toHaveBeenCalledExactlyOnceWith(SERVER_URL)
})

test("a rejected address shows the reason at the field and stays in it", async () => {
  shell.checkServer.mockRejectedValue(new ServerFailure("certificate", "It has expired."))
  renderWithQueries(<ServerSection url={undefined} />)
  const field = screen.getByLabelText("Address")
  await userEvent.type(field, "app.example.com{Enter}")
  expect(await screen.findByText("It has expired.")).toBeVisible()
  expect(field).toHaveValue("app.example.com")
  expect(field).toHaveFocus()
  expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument()
})

test("an empty address is not sent", async () => {
  renderWithQueries(<ServerSection url={undefined} />)
  await userEvent.click(await button("Connect"))
  expect(await screen.findByText("This field is required.")).toBeVisible()
  expect(shell.checkServer).not.toHaveBeenCalled()
})

test("a server that fails after confirmation shows the reason", async () => {
  shell.switchToServer.mockRejectedValue(new ServerFailure("server_unreachable", "It is gone."))
  renderWithQueries(<ServerSection url={undefined} />)
  await userEvent.type(screen.getByLabelText("Address"), "app.example.com{Enter}")
  await userEvent.click(await button("Use this server"))
  expect(await screen.findByText("It is gone.")).toBeVisible()
})

test("the chosen server is shown, with a button to switch back after confirmation", async () => {
  renderWithQueries(<ServerSection url={SERVER_URL} />)
  expect(screen.getByText(SERVER_URL)).toBeVisible()
  await userEvent.click(await button("Use this computer's data"))
  const dialog = await screen.findByRole("alertdialog")
  expect(shell.switchToLocalData).not.toHaveBeenCalled()
  await userEvent.click(within(dialog).getByRole("button", { name: "Use this computer's data" }))
  expect(shell.switchToLocalData).toHaveBeenCalledOnce()
})
