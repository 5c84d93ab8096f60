import { expect, test } from "vitest"
import { defaultPaging, pageCount, parsePaging, resizePage } from "@/components/data-table/paging"

test("an address without paging means the first page", () => {
  expect(parsePaging({})).toEqual(defaultPaging)
})

test.each([[0], [-3], [1.5], ["x"], [Number.NaN], [1e20], [null], [{}]])(
  "page %s means the first page",
  (page) => expect(parsePaging({ page }).page).toBe(1),
)

test("only sizes on offer are taken from the address", () => {
  expect(parsePaging({ size: 50 }).size).toBe(50)
  expect(parsePaging({ size: 51 }).size).toBe(defaultPaging.size)
})

test("there is a page even when there is nothing on it", () => {
  expect([0, 1, 25, 26].map((count) => pageCount(count, 25))).toEqual([1, 1, 1, 2])
})

test("another page size keeps the first row in sight", () => {
  expect(resizePage({ page: 5, size: 10 }, 25)).toEqual({ page: 2, size: 25 })
  expect(resizePage({ page: 2, size: 100 }, 10)).toEqual({ page: 11, size: 10 })
})
