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

test("a field is validated on blur, and then on every change", async () => {
  expect(missing()).not.toBeInTheDocument()
  await userEvent.tab()
  expect(await screen.findByText("Missing")).toBeVisible()
  await userEvent.type(screen.getByLabelText("Name"), "A")
  expect(missing()).not.toBeInTheDocument()
})

test("an error by blur is shown after the click, so that the layout does not shift under the pointer", async () => {
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
