import { QueryClient } from "@tanstack/react-query"
import { act, fireEvent, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { mountDevOverlay } from "@/engine/dev-overlay/mount"
import type { HotPatch } from "@/engine/shell"

const shell = vi.hoisted(() => ({ onHotPatch: vi.fn() }))
vi.mock("@/engine/shell", () => shell)

const fine: HotPatch = { broken: null, notes: {}, drift: null, patches: 0 }
const queryClient = new QueryClient()

function tell(report: Partial<HotPatch>): void {
  const listener: (report: HotPatch) => void = shell.onHotPatch.mock.lastCall?.[0]
  act(() => listener({ ...fine, ...report }))
}

beforeEach(() => act(() => mountDevOverlay(queryClient)))
afterEach(() => document.body.replaceChildren())

test("a broken edit is shown with its traceback until it is mended", () => {
  expect(screen.queryByRole("alert")).toBeNull()
  tell({
    broken: {
      digest: "",
      title: "models.py can't be compiled",
      text: "SyntaxError: invalid syntax",
    },
  })
  expect(screen.getByRole("alert", { name: "Broken edit" })).toHaveTextContent("models.py")
  expect(screen.getByText("SyntaxError: invalid syntax")).toBeVisible()
  tell({})
  expect(screen.queryByRole("alert")).toBeNull()
})

test("what was dismissed comes back with the next fault only", async () => {
  const first = { digest: "", title: "The first", text: "" }
  tell({ broken: first, drift: "+ GET /new" })
  await userEvent.click(screen.getByRole("button", { name: "Dismiss: Broken edit" }))
  expect(screen.getByRole("alert")).toHaveTextContent("+ GET /new")
  tell({ broken: { ...first }, drift: "+ GET /new" })
  expect(screen.getAllByRole("alert")).toHaveLength(1)
  tell({ drift: "+ GET /new" })
  tell({ broken: { ...first }, drift: "+ GET /new" })
  expect(screen.getByText("The first")).toBeVisible()
  tell({ broken: { digest: "", title: "The second", text: "" }, drift: "+ GET /new" })
  expect(screen.getByText("The second")).toBeVisible()
})

test("a failed request is shown next to a broken edit until a patch clears it", async () => {
  const note = { title: "GET /items/ failed: ValueError", text: 'File "items.py", line 3' }
  tell({ broken: { digest: "", title: "No", text: "" }, notes: { "Failed request": note } })
  expect(screen.getAllByRole("alert")).toHaveLength(2)
  expect(screen.getByRole("alert", { name: "Failed request" })).toHaveTextContent("line 3")
  await userEvent.click(screen.getByRole("button", { name: "Dismiss: Failed request" }))
  tell({ notes: { "Failed request": { ...note } } })
  expect(screen.queryByRole("alert")).toBeNull()
  tell({ notes: {} })
  tell({ notes: { "Failed request": { ...note } } })
  expect(screen.getByRole("alert", { name: "Failed request" })).toBeVisible()
})

test("a click on it leaves the focus in an open dialog, which would select what was typed there", () => {
  tell({ broken: { digest: "", title: "No", text: "line" } })
  const press = () => fireEvent.mouseDown(screen.getByText("line"))
  expect(press()).toBe(true)
  document.body.append(Object.assign(document.createElement("div"), { role: "dialog" }))
  expect(press()).toBe(false)
})

test("a patch has the page ask for its data again, and a report without one does not", () => {
  const invalidate = vi.spyOn(queryClient, "invalidateQueries")
  tell({ broken: { digest: "", title: "No", text: "" } })
  expect(invalidate).not.toHaveBeenCalled()
  tell({ patches: 1 })
  expect(invalidate).toHaveBeenCalledOnce()
})

test("a press on it is not one outside of an open dialog", async () => {
  const pressed = vi.fn()
  document.addEventListener("pointerdown", pressed)
  tell({ broken: { digest: "", title: "No", text: "why" } })
  await userEvent.click(screen.getByText("why"))
  expect(pressed).not.toHaveBeenCalled()
  document.removeEventListener("pointerdown", pressed)
})
