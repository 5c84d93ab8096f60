import { expect, test } from "vitest"
import {
  changePageSize,
  defaultPageParams,
  pageCount,
  parsePageParams,
} from "@/engine/data-table/page-params"

test("a URL without page parameters selects the first page", () => {
  expect(parsePageParams({})).toEqual(defaultPageParams)
})

test.each([[0], [-3], [1.5], ["x"], [Number.NaN], [1e20], [null], [{}]])(
  "page %s selects the first page",
  (page) => expect(parsePageParams({ page }).page).toBe(1),
)

test("a page size that is not offered is replaced by the default", () => {
  expect(parsePageParams({ size: 50 }).size).toBe(50)
  expect(parsePageParams({ size: 51 }).size).toBe(defaultPageParams.size)
})

test("an empty list has one page", () => {
  expect([0, 1, 25, 26].map((count) => pageCount(count, 25))).toEqual([1, 1, 1, 2])
})

test("changing the page size keeps the first row on the page", () => {
  expect(changePageSize({ page: 5, size: 10 }, 25)).toEqual({ page: 2, size: 25 })
  expect(changePageSize({ page: 2, size: 100 }, 10)).toEqual({ page: 11, size: 10 })
})
