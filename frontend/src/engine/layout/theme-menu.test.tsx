import { render, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test } from "vitest"
import { ThemeMenu } from "@/engine/layout/theme-menu"

test("one click loads and opens the menu, and selecting a theme applies it", async () => {
  render(<ThemeMenu compact={false} />)
  const button = screen.getByTestId("theme-button")
  expect(button).toHaveAttribute("aria-haspopup", "menu")
  await userEvent.click(button)
  await userEvent.click(await screen.findByTestId("dark-mode"))
  expect(document.documentElement).toHaveClass("dark")
  expect(screen.queryByTestId("dark-mode")).not.toBeInTheDocument()
  await userEvent.click(screen.getByTestId("theme-button"))
  await userEvent.click(await screen.findByTestId("light-mode"))
  expect(document.documentElement).toHaveClass("light")
})

test("a second click after the menu has loaded leaves it open", async () => {
  render(<ThemeMenu compact={false} />)
  await userEvent.click(screen.getByTestId("theme-button"))
  await screen.findByTestId("dark-mode")
  await userEvent.click(screen.getByTestId("theme-button"))
  await userEvent.click(screen.getByTestId("dark-mode"))
  expect(document.documentElement).toHaveClass("dark")
  expect(screen.queryByTestId("dark-mode")).not.toBeInTheDocument()
})

test("Enter opens the menu, and Escape closes it and focuses the button", async () => {
  render(<ThemeMenu compact />)
  await userEvent.tab()
  expect(screen.getByRole("button", { name: "Theme" })).toHaveFocus()
  await userEvent.keyboard("{Enter}")
  expect(await screen.findByTestId("light-mode")).toBeVisible()
  await userEvent.keyboard("{Escape}")
  expect(screen.getByRole("button", { name: "Theme" })).toHaveFocus()
})
