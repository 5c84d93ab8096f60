import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { useState } from "react"
import { expect, test, vi } from "vitest"
import type { ItemPublic } from "@/client/types.gen"
import { fakeBackend, makeUser, networkError, renderWithQueries } from "@/engine/test"
import { AddItemDialog } from "@/features/items/add-item-dialog"
import { DeleteItemDialog } from "@/features/items/delete-item-dialog"
import { EditItemDialog } from "@/features/items/edit-item-dialog"
import { currentUserQuery } from "@/features/users/current-user"
import { fakeAccounts, PASSWORD } from "@/test/fake-accounts"
import { makeItem } from "@/test/make-item"
import { renderApp } from "@/test/render-app"

const button = (name: string) => screen.getByRole("button", { name })
function Deletable({ item }: { item: ItemPublic }) {
  const [open, setOpen] = useState(true)
  return open && <DeleteItemDialog item={item} onClose={() => setOpen(false)} />
}

const openAddDialog = async () => {
  await userEvent.click(button("Add Item"))
  return screen.findByLabelText("Title")
}

test("a new item is sent trimmed, with null for an empty description", async () => {
  const requests = fakeBackend(() => ({ data: makeItem(1) }))
  renderWithQueries(<AddItemDialog />)
  const title = await openAddDialog()
  expect(title).toHaveFocus()
  await userEvent.type(title, "  Lamp ")
  await userEvent.click(button("Save"))
  expect(await screen.findByText("Item created successfully")).toBeInTheDocument()
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument()
  expect(requests).toHaveLength(1)
  expect(requests[0]).toMatchObject({
    method: "POST",
    path: "/api/v1/items/",
    body: { title: "Lamp", description: null },
  })
})

test("Cancel resets the form", async () => {
  fakeBackend(() => ({ data: makeItem(1) }))
  renderWithQueries(<AddItemDialog />)
  await userEvent.type(await openAddDialog(), "Never mind")
  await userEvent.click(button("Cancel"))
  expect(await openAddDialog()).toHaveValue("")
})

test("a failed request is reported, and the form keeps its values", async () => {
  fakeBackend(networkError)
  renderWithQueries(<AddItemDialog />)
  await userEvent.type(await openAddDialog(), "Keep me")
  await userEvent.click(button("Save"))
  expect(await screen.findByText("The item could not be saved")).toBeInTheDocument()
  expect(screen.getByText(/did not respond/)).toBeInTheDocument()
  expect(screen.getByLabelText("Title")).toHaveValue("Keep me")
  expect(button("Save")).toBeEnabled()
})

test("a rejected request shows the backend's message", async () => {
  fakeBackend(() => ({ status: 403, data: { detail: "Not enough permissions" } }))
  renderWithQueries(<AddItemDialog />)
  await userEvent.type(await openAddDialog(), "Keep me")
  await userEvent.click(button("Save"))
  expect(await screen.findByText("Not enough permissions")).toBeInTheDocument()
})

test("an empty, blank or too long title is not sent to the backend", async () => {
  const requests = fakeBackend(() => ({ data: makeItem(1) }))
  renderWithQueries(<AddItemDialog />)
  const title = await openAddDialog()
  await userEvent.type(title, "   ")
  await userEvent.click(button("Save"))
  expect(await screen.findByText("Title is required")).toBeVisible()
  expect(title).toBeInvalid()
  expect(title).toHaveAccessibleDescription("Title is required")

  await userEvent.clear(title)
  await userEvent.click(title)
  await userEvent.paste("x".repeat(256))
  await userEvent.click(button("Save"))
  expect(await screen.findByText("At most 255 characters.")).toBeVisible()
  expect(requests).toHaveLength(0)
})

test("while the request is pending, Save is disabled and Escape does not close the dialog", async () => {
  let respond = (_: { data: unknown }) => {}
  const requests = fakeBackend(() => new Promise((resolve) => (respond = resolve)))
  renderWithQueries(<AddItemDialog />)
  await userEvent.type(await openAddDialog(), "Lamp")
  await userEvent.click(button("Save"))
  await waitFor(() => expect(button("Save")).toBeDisabled())
  await userEvent.keyboard("{Escape}")
  expect(screen.getByRole("dialog")).toBeVisible()
  respond({ data: makeItem(1) })
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument())
  expect(requests).toHaveLength(1)
})

test("editing starts with the item's values and sends the changes", async () => {
  const requests = fakeBackend(() => ({ data: makeItem(7) }))
  const onClose = vi.fn()
  renderWithQueries(<EditItemDialog item={makeItem(7)} onClose={onClose} />)
  const title = await screen.findByLabelText("Title")
  expect(title).toHaveValue("Item 7")
  await userEvent.type(screen.getByLabelText("Description"), "New words")
  await userEvent.click(button("Save"))
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(requests[0]).toMatchObject({
    method: "PUT",
    path: `/api/v1/items/${makeItem(7).id}`,
    body: { title: "Item 7", description: "New words" },
  })
})

test("an item is deleted after confirmation, and the dialog stays open on failure", async () => {
  let status = 500
  const requests = fakeBackend(() => ({ status, data: { detail: "Database is busy" } }))
  const onClose = vi.fn()
  renderWithQueries(<DeleteItemDialog item={makeItem(3)} onClose={onClose} />)
  expect(screen.getByRole("alertdialog")).toHaveTextContent("Item 3")
  expect(requests).toHaveLength(0)
  await userEvent.click(button("Delete"))
  expect(await screen.findByText("Database is busy")).toBeInTheDocument()
  expect(onClose).not.toHaveBeenCalled()
  status = 200
  await userEvent.click(button("Delete"))
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce())
  expect(requests.at(-1)).toMatchObject({
    method: "DELETE",
    path: `/api/v1/items/${makeItem(3).id}`,
  })
})

test("dialogs of an item that was deleted elsewhere close and report it", async () => {
  fakeBackend(() => ({ status: 404, data: { detail: "Item not found", code: "item_not_found" } }))
  const onClose = vi.fn()
  const { unmount } = renderWithQueries(<EditItemDialog item={makeItem(7)} onClose={onClose} />)
  await userEvent.type(await screen.findByLabelText("Title"), "!")
  await userEvent.click(button("Save"))
  expect(await screen.findByText("It has been deleted.")).toBeInTheDocument()
  expect(onClose).toHaveBeenCalledOnce()
  unmount()

  renderWithQueries(<DeleteItemDialog item={makeItem(7)} onClose={onClose} />)
  await userEvent.click(button("Delete"))
  expect(await screen.findByText("This item was already deleted")).toBeInTheDocument()
  expect(onClose).toHaveBeenCalledTimes(2)
})

test("Escape asks before discarding changes, and closes an unchanged form without asking", async () => {
  fakeBackend(() => ({ data: makeItem(1) }))
  renderWithQueries(<AddItemDialog />)
  const title = await openAddDialog()
  await userEvent.type(title, "Precious")
  await userEvent.keyboard("{Escape}")
  await userEvent.click(await screen.findByRole("button", { name: "Keep editing" }))
  expect(await screen.findByLabelText("Title")).toHaveValue("Precious")
  await waitFor(() => expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument())
  await userEvent.keyboard("{Escape}")
  await userEvent.click(await screen.findByRole("button", { name: "Discard" }))
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument())

  await openAddDialog()
  await userEvent.keyboard("{Escape}")
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument())
})

test("Escape during composition of an input method does not close the dialog", async () => {
  fakeBackend(() => ({ data: makeItem(1) }))
  renderWithQueries(<AddItemDialog />)
  const title = await openAddDialog()
  fireEvent.keyDown(title, { key: "Escape", isComposing: true })
  fireEvent.keyDown(title, { key: "Escape", keyCode: 229 })
  await userEvent.type(title, "Precious")
  fireEvent.keyDown(title, { key: "Escape", isComposing: true })
  expect(title).toHaveValue("Precious")
  expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument()
})

test("leaving the title empty reports it as required", async () => {
  fakeBackend(() => ({ data: makeItem(1) }))
  renderWithQueries(<AddItemDialog />)
  await openAddDialog()
  await userEvent.tab()
  expect(await screen.findByText("Title is required")).toBeVisible()
})

test("inputs and confirmations isolate the text direction of user input", async () => {
  fakeBackend(() => ({ data: makeItem(1) }))
  const { unmount } = renderWithQueries(<AddItemDialog />)
  expect(await openAddDialog()).toHaveAttribute("dir", "auto")
  expect(screen.getByLabelText("Description")).toHaveAttribute("dir", "auto")
  unmount()
  renderWithQueries(
    <DeleteItemDialog item={{ ...makeItem(1), title: "שלום!" }} onClose={vi.fn()} />,
  )
  expect(screen.getByText("שלום!").tagName).toBe("BDI")
})

test("Undo restores a deleted item of the current user unchanged", async () => {
  const item = { ...makeItem(3), description: "With words" }
  const requests = fakeBackend(({ method }) => ({
    data: method === "POST" ? { created: 1, updated: 0 } : { message: "Item deleted successfully" },
  }))
  const { queryClient } = renderWithQueries(<Deletable item={item} />)
  queryClient.setQueryData(currentUserQuery.queryKey, makeUser(1, { id: item.owner_id }))
  await userEvent.click(button("Delete"))
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }))
  expect(await screen.findByText("Item restored")).toBeInTheDocument()
  await waitFor(() =>
    expect(screen.queryByText("The item was deleted successfully")).not.toBeInTheDocument(),
  )
  const { owner_id: _, ...rest } = item
  const file = requests.find(({ path }) => path === "/api/v1/items/import")?.body
  if (!(file instanceof Blob)) throw new Error("nothing was imported")
  expect(JSON.parse(await file.text())).toEqual([rest])
})

test("Undo is not offered for another user's item", async () => {
  fakeBackend(() => ({ data: { message: "Item deleted successfully" } }))
  const { queryClient } = renderWithQueries(<Deletable item={makeItem(3)} />)
  queryClient.setQueryData(currentUserQuery.queryKey, makeUser(1))
  await userEvent.click(button("Delete"))
  expect(await screen.findByText("The item was deleted successfully")).toBeInTheDocument()
  expect(screen.queryByRole("button", { name: "Undo" })).not.toBeInTheDocument()
})

test("logging in with another account discards the form", async () => {
  localStorage.setItem("access_token", "good")
  let user = makeUser(1)
  fakeAccounts({
    respond: ({ method, path, header }) => {
      if (path.endsWith("/login/access-token")) {
        user = makeUser(2)
        return { data: { access_token: "good" } }
      }
      if (path.endsWith("/users/me") && header("Authorization") === "Bearer good") {
        return { data: user }
      }
      return method === "POST"
        ? { status: 404, data: { detail: "No.", code: "session_user_deleted" } }
        : undefined
    },
  })
  renderApp("/")
  await screen.findByRole("heading", { name: "Hi, User 1" })
  await userEvent.type(await openAddDialog(), "Private")
  await userEvent.click(button("Save"))
  const dialog = within(await screen.findByRole("dialog", { name: "Log in again" }))
  expect(dialog.getByText(/Logging in with another account discards them/)).toBeVisible()
  const email = await dialog.findByTestId("email-input")
  await userEvent.clear(email)
  await userEvent.type(email, "user2@example.com")
  await userEvent.type(dialog.getByTestId("password-input"), `${PASSWORD}{Enter}`)
  expect(await screen.findByRole("heading", { name: "Hi, User 2" })).toBeVisible()
  expect(screen.queryByLabelText("Title")).not.toBeInTheDocument()
})
