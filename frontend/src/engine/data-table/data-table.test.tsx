import { fireEvent, render, screen } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test, vi } from "vitest"
import { SearchBox } from "@/engine/components/search-box"
import { Pagination } from "@/engine/data-table/pagination"
import { SortHeader } from "@/engine/data-table/sort-header"

test("pagination changes page and page size, and disables Next on the last page", async () => {
  const onChange = vi.fn()
  render(<Pagination page={2} size={10} count={15} onChange={onChange} />)
  expect(screen.getByText("11–15 of 15")).toBeVisible()
  expect(screen.getByRole("button", { name: "Next page" })).toBeDisabled()
  await userEvent.click(screen.getByRole("button", { name: "Previous page" }))
  expect(onChange).toHaveBeenLastCalledWith({ page: 1, size: 10 })
  await userEvent.selectOptions(screen.getByLabelText("Rows per page"), "50")
  expect(onChange).toHaveBeenLastCalledWith({ page: 1, size: 50 })
})

test("the search box searches once typing pauses and immediately on Enter, and Escape clears it", async () => {
  const onSearch = vi.fn()
  render(<SearchBox label="Search users" value="" maxLength={9} onSearch={onSearch} />)
  const box = screen.getByRole("searchbox", { name: "Search users" })
  await userEvent.type(box, " ada ")
  await vi.waitFor(() => expect(onSearch).toHaveBeenCalledWith("ada"))
  await userEvent.type(box, "m{Enter}")
  expect(onSearch).toHaveBeenLastCalledWith("ada m")
  await userEvent.type(box, "{Escape}")
  expect(onSearch).toHaveBeenLastCalledWith("")
  expect(onSearch).toHaveBeenCalledTimes(3)
  expect(box).toHaveValue("")
})

test("keys of an input method neither submit nor clear the search", async () => {
  const onSearch = vi.fn()
  render(<SearchBox label="Search" value="" maxLength={9} onSearch={onSearch} />)
  const box = screen.getByRole("searchbox")
  await userEvent.type(box, "に")
  fireEvent.keyDown(box, { key: "Escape", isComposing: true })
  fireEvent.keyDown(box, { key: "Enter", keyCode: 229 })
  expect(box).toHaveValue("に")
  expect(onSearch).not.toHaveBeenCalled()
  await userEvent.type(box, "{Enter}")
  expect(onSearch).toHaveBeenCalledWith("に")
})

test("the search box accepts at most maxLength characters", async () => {
  render(<SearchBox label="Search" value="" maxLength={3} onSearch={vi.fn()} />)
  await userEvent.type(screen.getByRole("searchbox"), "abcdef")
  expect(screen.getByRole("searchbox")).toHaveValue("abc")
})

test("the search box shows a changed value prop", () => {
  const { rerender } = render(
    <SearchBox label="Search" value="a" maxLength={9} onSearch={vi.fn()} />,
  )
  rerender(<SearchBox label="Search" value="b" maxLength={9} onSearch={vi.fn()} />)
  expect(screen.getByRole("searchbox")).toHaveValue("b")
})

test("clicking a column header sorts by it, and clicking again reverses the order", async () => {
  const onSort = vi.fn()
  const renderHead = (sort: string) => (
    <table>
      <thead>
        <tr>
          <SortHeader
            label="Email"
            ascending="email"
            descending="-email"
            sort={sort}
            onSort={onSort}
          />
        </tr>
      </thead>
    </table>
  )
  const { rerender } = render(renderHead("-created_at"))
  expect(screen.getByRole("columnheader")).not.toHaveAttribute("aria-sort")
  await userEvent.click(screen.getByRole("button", { name: "Email" }))
  expect(onSort).toHaveBeenLastCalledWith("email")
  rerender(renderHead("email"))
  expect(screen.getByRole("columnheader")).toHaveAttribute("aria-sort", "ascending")
  await userEvent.click(screen.getByRole("button", { name: "Email" }))
  expect(onSort).toHaveBeenLastCalledWith("-email")
})
