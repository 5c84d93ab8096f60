import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { AxiosError, type AxiosResponse } from "axios"
import { beforeEach, expect, test, vi } from "vitest"
import type { ErrorCode } from "@/client/types.gen"
import { useAppForm } from "@/engine/forms/use-app-form"

const save = vi.fn()
const onDirtyChange = vi.fn()

function Form() {
  const { bind, register, submitHandler, formError, formState } = useAppForm({
    defaultValues: { name: "", color: "" },
    autoFocus: "name",
    onDirtyChange,
    errorFields: { not_found: "color" },
  })
  const color = bind("color")
  return (
    <form onSubmit={submitHandler(save)}>
      <input {...register("name", { required: "Missing" })} aria-label="Name" />
      <p>{formState.errors.name?.message}</p>
      <input {...color.field} aria-label="Color" />
      <p>Color: {color.error}</p>
      <p>Form: {formError}</p>
      <button type="button">Cancel</button>
      <button type="submit">Save</button>
    </form>
  )
}

function apiError(code: ErrorCode) {
  const response = { status: 400, data: { detail: `detail of ${code}`, code }, headers: {} }
  return new AxiosError("status 400", undefined, undefined, undefined, response as AxiosResponse)
}

const missing = () => screen.queryByText("Missing")

beforeEach(async () => {
  save.mockReset()
  render(<Form />)
  await waitFor(() => expect(screen.getByLabelText("Name")).toHaveFocus())
})

test("a field is validated on blur, and then on every change", async () => {
  expect(missing()).not.toBeInTheDocument()
  await userEvent.tab()
  expect(await screen.findByText("Missing")).toBeVisible()
  await userEvent.type(screen.getByLabelText("Name"), "A")
  expect(missing()).not.toBeInTheDocument()
})

test("a validation error on blur is shown after the click, so that the layout does not shift under the pointer", async () => {
  const button = screen.getByRole("button", { name: "Cancel" })
  const user = userEvent.setup()
  await user.pointer({ keys: "[MouseLeft>]", target: button })
  await act(async () => undefined)
  expect(button).toHaveFocus()
  expect(missing()).not.toBeInTheDocument()
  await user.pointer({ keys: "[/MouseLeft]", target: button })
  expect(await screen.findByText("Missing")).toBeVisible()
})

test("a blur of the window does not validate the field", async () => {
  // When the window loses the focus, browsers fire blur on the field, which stays document.activeElement.
  await act(async () => fireEvent.blur(screen.getByLabelText("Name")))
  expect(missing()).not.toBeInTheDocument()
})

test("an API error in errorFields is shown at its field, which gets the focus", async () => {
  save.mockRejectedValue(apiError("not_found"))
  await userEvent.type(screen.getByLabelText("Name"), "Lamp{Enter}")
  expect(await screen.findByText("Color: detail of not_found")).toBeVisible()
  expect(screen.getByLabelText("Color")).toHaveFocus()
  expect(screen.getByLabelText("Name")).toHaveValue("Lamp")
})

test("any other API error is a form error", async () => {
  save.mockRejectedValue(apiError("conflict"))
  await userEvent.type(screen.getByLabelText("Name"), "Lamp{Enter}")
  expect(await screen.findByText("Form: detail of conflict")).toBeVisible()
})

test("onDirtyChange reports changes until the form unmounts", async () => {
  expect(onDirtyChange).toHaveBeenLastCalledWith(false)
  await userEvent.type(screen.getByLabelText("Name"), "L")
  expect(onDirtyChange).toHaveBeenLastCalledWith(true)
  cleanup()
  expect(onDirtyChange).toHaveBeenLastCalledWith(false)
})
