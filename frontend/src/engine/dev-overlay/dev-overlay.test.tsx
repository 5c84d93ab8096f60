import { QueryClient } from "@tanstack/react-query"
import { act, fireEvent, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { mountDevOverlay } from "@/engine/dev-overlay/mount"
import type { HotPatch } from "@/engine/shell"

const shell = vi.hoisted(() => ({ onHotPatch: vi.fn() }))
vi.mock("@/engine/shell", () => shell)

const noProblems: HotPatch = { failed_edit: null, notes: {}, api_changes: null, patches: 0 }
const queryClient = new QueryClient()

function emit(report: Partial<HotPatch>): void {
  const listener: (report: HotPatch) => void = shell.onHotPatch.mock.lastCall?.[0]
  act(() => listener({ ...noProblems, ...report }))
}

beforeEach(() => act(() => mountDevOverlay(queryClient)))
afterEach(() => document.body.replaceChildren())

test("a failed edit is shown with its traceback until it is fixed", () => {
  expect(screen.queryByRole("alert")).toBeNull()
  emit({
    failed_edit: {
      digest: "",
      title: "models.py can't be compiled",
      text: "SyntaxError: invalid syntax",
    },
  })
  expect(screen.getByRole("alert", { name: "Edit not applied" })).toHaveTextContent("models.py")
  expect(screen.getByText("SyntaxError: invalid syntax")).toBeVisible()
  emit({})
  expect(screen.queryByRole("alert")).toBeNull()
})

test("a dismissed report reappears only for a new failure", async () => {
  const first = { digest: "", title: "The first", text: "" }
  emit({ failed_edit: first, api_changes: "+ GET /new" })
  await userEvent.click(screen.getByRole("button", { name: "Dismiss: Edit not applied" }))
  expect(screen.getByRole("alert")).toHaveTextContent("+ GET /new")
  emit({ failed_edit: { ...first }, api_changes: "+ GET /new" })
  expect(screen.getAllByRole("alert")).toHaveLength(1)
  emit({ api_changes: "+ GET /new" })
  emit({ failed_edit: { ...first }, api_changes: "+ GET /new" })
  expect(screen.getByText("The first")).toBeVisible()
  emit({
    failed_edit: { digest: "", title: "The second", text: "" },
    api_changes: "+ GET /new",
  })
  expect(screen.getByText("The second")).toBeVisible()
})

test("a failed request is shown next to a failed edit until a patch clears it", async () => {
  const note = { title: "GET /items/ failed: ValueError", text: 'File "items.py", line 3' }
  emit({
    failed_edit: { digest: "", title: "No", text: "" },
    notes: { "Failed request": note },
  })
  expect(screen.getAllByRole("alert")).toHaveLength(2)
  expect(screen.getByRole("alert", { name: "Failed request" })).toHaveTextContent("line 3")
  await userEvent.click(screen.getByRole("button", { name: "Dismiss: Failed request" }))
  emit({ notes: { "Failed request": { ...note } } })
  expect(screen.queryByRole("alert")).toBeNull()
  emit({ notes: {} })
  emit({ notes: { "Failed request": { ...note } } })
  expect(screen.getByRole("alert", { name: "Failed request" })).toBeVisible()
})

test("a click on the overlay does not move the focus out of an open dialog", () => {
  emit({ failed_edit: { digest: "", title: "No", text: "line" } })
  const press = () => fireEvent.mouseDown(screen.getByText("line"))
  expect(press()).toBe(true)
  document.body.append(Object.assign(document.createElement("div"), { role: "dialog" }))
  expect(press()).toBe(false)
})

test("a patch invalidates all queries, a report without a patch does not", () => {
  const invalidate = vi.spyOn(queryClient, "invalidateQueries")
  emit({ failed_edit: { digest: "", title: "No", text: "" } })
  expect(invalidate).not.toHaveBeenCalled()
  emit({ patches: 1 })
  expect(invalidate).toHaveBeenCalledOnce()
})

test("a press on the overlay does not reach dismiss listeners of dialogs", async () => {
  const pressed = vi.fn()
  document.addEventListener("pointerdown", pressed)
  emit({ failed_edit: { digest: "", title: "No", text: "why" } })
  await userEvent.click(screen.getByText("why"))
  expect(pressed).not.toHaveBeenCalled()
  document.removeEventListener("pointerdown", pressed)
})
