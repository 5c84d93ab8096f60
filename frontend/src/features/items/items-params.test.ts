import { expect, test } from "vitest"
import {
  defaultItemsParams,
  ITEM_SEARCH_MAX,
  parseItemsParams,
} from "@/features/items/items-params"

test("an address without anything shows the newest", () => {
  expect(parseItemsParams({})).toEqual(defaultItemsParams)
})

test("what an address asks for is kept, digits as text", () => {
  expect(parseItemsParams({ search: 42, sort: "-title", page: 3, size: 50 })).toEqual({
    search: "42",
    sort: "-title",
    page: 3,
    size: 50,
  })
})

test.each([{ sort: "price" }, { sort: "toString" }, { sort: ["title"] }, { search: { a: 1 } }])(
  "what can't be asked for gives way to the default: %o",
  (search) => {
    expect(parseItemsParams(search)).toEqual(defaultItemsParams)
  },
)

test("an address can't ask for a longer search than the backend takes", () => {
  expect(ITEM_SEARCH_MAX).toBeGreaterThan(0)
  expect(parseItemsParams({ search: "x".repeat(ITEM_SEARCH_MAX + 1) }).search).toHaveLength(
    ITEM_SEARCH_MAX,
  )
})
