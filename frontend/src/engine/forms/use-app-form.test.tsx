import { act, fireEvent, render, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test } from "vitest"
import { useAppForm } from "@/engine/forms/use-app-form"

function Form() {
  const { register, formState } = useAppForm({ defaultValues: { name: "" } })
  return (
    <form>
      <input {...register("name", { required: "Missing" })} aria-label="Name" />
      <p>{formState.errors.name?.message}</p>
      <button type="button">Cancel</button>
    </form>
  )
}

const missing = () => screen.queryByText("Missing")

beforeEach(() => {
  render(<Form />)
  screen.getByLabelText("Name").focus()
})

test("a field is validated when it is left, then as it is typed in", async () => {
  expect(missing()).not.toBeInTheDocument()
  await userEvent.tab()
  expect(await screen.findByText("Missing")).toBeVisible()
  await userEvent.type(screen.getByLabelText("Name"), "A")
  expect(missing()).not.toBeInTheDocument()
})

test("a press that takes the focus away ends before an error can move what is pressed", async () => {
  const button = screen.getByRole("button", { name: "Cancel" })
  const user = userEvent.setup()
  await user.pointer({ keys: "[MouseLeft>]", target: button })
  await act(async () => undefined)
  expect(button).toHaveFocus()
  expect(missing()).not.toBeInTheDocument()
  await user.pointer({ keys: "[/MouseLeft]", target: button })
  expect(await screen.findByText("Missing")).toBeVisible()
})

test("leaving the window leaves no field", async () => {
  // As a browser tells it: the field loses the focus, and stays the document's active element.
  await act(async () => fireEvent.blur(screen.getByLabelText("Name")))
  expect(missing()).not.toBeInTheDocument()
})
