import { expect, test } from "vitest"
import {
  defaultItemsParams,
  ITEM_SEARCH_MAX,
  parseItemsParams,
} from "@/features/items/items-params"

test("a URL without parameters shows the newest items", () => {
  expect(parseItemsParams({})).toEqual(defaultItemsParams)
})

test("valid parameters are retained, a numeric search as text", () => {
  expect(parseItemsParams({ search: 42, sort: "-title", page: 3, size: 50 })).toEqual({
    search: "42",
    sort: "-title",
    page: 3,
    size: 50,
  })
})

test.each([{ sort: "price" }, { sort: "toString" }, { sort: ["title"] }, { search: { a: 1 } }])(
  "an invalid parameter is replaced by its default: %o",
  (search) => {
    expect(parseItemsParams(search)).toEqual(defaultItemsParams)
  },
)

test("a search text is truncated to the backend's limit", () => {
  expect(ITEM_SEARCH_MAX).toBeGreaterThan(0)
  expect(parseItemsParams({ search: "x".repeat(ITEM_SEARCH_MAX + 1) }).search).toHaveLength(
    ITEM_SEARCH_MAX,
  )
})
