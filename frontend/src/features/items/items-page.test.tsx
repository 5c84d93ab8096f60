import { screen, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { useState } from "react"
import { expect, test } from "vitest"
import { type FakeRequest, fakeBackend, networkError, renderWithQueries } from "@/engine/test"
import { ItemsPage } from "@/features/items/items-page"
import { defaultItemsParams, type ItemsParams } from "@/features/items/items-params"
import { makeItem } from "@/test/make-item"

/** Response with the requested page of items 1 to `count`. */
function pageOf({ query }: FakeRequest, count: number) {
  const skip = Number(query.get("skip"))
  const length = Math.max(0, Math.min(Number(query.get("limit")), count - skip))
  const data = Array.from({ length }, (_, index) => makeItem(skip + index + 1))
  return { data: { data, count } }
}

function Page({ start }: { start: ItemsParams }) {
  const [params, setParams] = useState(start)
  return <ItemsPage params={params} onParamsChange={setParams} />
}

const renderPage = (start: Partial<ItemsParams> = {}) =>
  renderWithQueries(<Page start={{ ...defaultItemsParams, size: 10, ...start }} />)
const button = (name: string) => screen.getByRole("button", { name })

test("every page can be reached, and paging stops at both ends", async () => {
  fakeBackend((request) => pageOf(request, 23))
  renderPage()
  expect(await screen.findByText("Item 1")).toBeVisible()
  expect(screen.getByText("1–10 of 23")).toBeVisible()
  expect(button("First page")).toBeDisabled()
  expect(button("Previous page")).toBeDisabled()

  await userEvent.click(button("Next page"))
  expect(await screen.findByText("Item 11")).toBeVisible()
  await userEvent.click(button("Last page"))
  expect(await screen.findByText("Item 23")).toBeVisible()
  expect(screen.getByText("21–23 of 23")).toBeVisible()
  expect(screen.getByText("Page 3 of 3")).toBeVisible()
  expect(button("Next page")).toBeDisabled()
  expect(button("Last page")).toBeDisabled()

  await userEvent.click(button("Previous page"))
  expect(await screen.findByText("Item 20")).toBeVisible()
  await userEvent.click(button("First page"))
  expect(await screen.findByText("Item 1")).toBeVisible()
})

test("changing the page size requests that size", async () => {
  const requests = fakeBackend((request) => pageOf(request, 60))
  renderPage({ page: 3, size: 10 })
  await screen.findByText("Item 21")
  await userEvent.selectOptions(screen.getByLabelText("Rows per page"), "25")
  expect(await screen.findByText("Item 1")).toBeVisible()
  expect(screen.getByText("Item 25")).toBeVisible()
  expect(requests.at(-1)?.query.toString()).toBe("skip=0&limit=25&search=&sort=-created_at")
})

test("a page beyond the end redirects to the last page", async () => {
  fakeBackend((request) => pageOf(request, 12))
  renderPage({ page: 9, size: 10 })
  expect(await screen.findByText("Item 12")).toBeVisible()
  expect(screen.getByText("Page 2 of 2")).toBeVisible()
})

test("an empty list shows the empty state", async () => {
  fakeBackend((request) => pageOf(request, 0))
  renderPage()
  expect(screen.getByRole("status", { name: "Loading items" })).toBeVisible()
  expect(await screen.findByText("You don't have any items yet")).toBeVisible()
  // The FastAPI template's browser tests expect a single heading with this name.
  expect(screen.getByRole("heading", { name: /items/i })).toHaveTextContent("Items")
  expect(screen.queryByRole("navigation", { name: "Pages" })).not.toBeInTheDocument()
})

test("a failed request can be retried", async () => {
  let up = false
  fakeBackend((request) => (up ? pageOf(request, 1) : networkError()))
  renderPage()
  expect(await screen.findByRole("alert")).toHaveTextContent("did not respond")
  up = true
  await userEvent.click(button("Try again"))
  expect(await screen.findByText("Item 1")).toBeVisible()
})

test("a row's menu edits and deletes its item", async () => {
  fakeBackend((request) => pageOf(request, 3))
  renderPage()
  const row = (await screen.findByText("Item 2")).closest("tr")
  if (!row) throw new Error("Item 2 is not in a row")
  await userEvent.click(within(row).getByRole("button", { name: "Actions" }))
  await userEvent.click(screen.getByRole("menuitem", { name: "Edit Item" }))
  expect(await screen.findByLabelText("Title")).toHaveValue("Item 2")
  await userEvent.click(button("Cancel"))
  expect(await within(row).findByRole("button", { name: "Actions" })).toHaveFocus()

  await userEvent.click(within(row).getByRole("button", { name: "Actions" }))
  await userEvent.click(screen.getByRole("menuitem", { name: "Delete Item" }))
  expect(screen.getByRole("alertdialog")).toHaveTextContent("Item 2")
})

test("searching and sorting request the first page", async () => {
  const requests = fakeBackend((request) => pageOf(request, 60))
  renderPage({ page: 3 })
  await screen.findByText("Item 21")
  await userEvent.click(button("Title"))
  expect(await screen.findByText("Item 1")).toBeVisible()
  expect(requests.at(-1)?.query.get("sort")).toBe("title")
  expect(screen.getByRole("columnheader", { name: "Title" })).toHaveAttribute(
    "aria-sort",
    "ascending",
  )
  await userEvent.click(button("Next page"))
  await screen.findByText("Item 11")
  await userEvent.keyboard("/")
  await userEvent.keyboard("lamp{Enter}")
  await screen.findByText("Item 1")
  expect(requests.at(-1)?.query.toString()).toBe("skip=0&limit=10&search=lamp&sort=title")
})

test("a search without results shows how to clear it", async () => {
  fakeBackend((request) => pageOf(request, request.query.get("search") ? 0 : 1))
  renderPage({ search: "<b>" })
  expect(await screen.findByText("No items found")).toBeVisible()
  expect(screen.getByText("<b>")).toBeVisible()
  await userEvent.click(button("Show all items"))
  expect(await screen.findByText("Item 1")).toBeVisible()
  expect(screen.getByRole("searchbox")).toHaveValue("")
})

test("Ctrl+K focuses the search box, except while a dialog is open", async () => {
  fakeBackend((request) => pageOf(request, 1))
  renderPage()
  await screen.findByText("Item 1")
  await userEvent.keyboard("{Control>}k{/Control}")
  expect(screen.getByRole("searchbox")).toHaveFocus()
  await userEvent.click(button("Add Item"))
  const title = await screen.findByLabelText("Title")
  await userEvent.keyboard("{Control>}k{/Control}/")
  expect(title).toHaveFocus()
  expect(title).toHaveValue("/")
})

test("an edit is shown immediately and rolled back if the request fails", async () => {
  let respond: ((response: { status: number; data: unknown }) => void) | undefined
  fakeBackend((request) =>
    // After the edit, list requests get no response: only the rollback can restore the list.
    request.method === "GET" && !respond
      ? pageOf(request, 2)
      : new Promise((resolve) => (respond ??= resolve)),
  )
  renderPage()
  const row = (await screen.findByText("Item 2")).closest("tr")
  if (!row) throw new Error("Item 2 is not in a row")
  await userEvent.click(within(row).getByRole("button", { name: "Actions" }))
  await userEvent.click(screen.getByRole("menuitem", { name: "Edit Item" }))
  const title = await screen.findByLabelText("Title")
  await userEvent.clear(title)
  await userEvent.type(title, "Changed")
  await userEvent.click(button("Save"))
  expect(await screen.findByText("Changed")).toBeInTheDocument()
  respond?.({ status: 503, data: { detail: "The database is busy." } })
  expect(await screen.findByText("The database is busy.")).toBeInTheDocument()
  expect(screen.getByText("Item 2")).toBeInTheDocument()
  expect(screen.queryByText("Changed")).not.toBeInTheDocument()
  expect(title).toHaveValue("Changed")
})
