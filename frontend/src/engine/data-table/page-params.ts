export const PAGE_SIZES = [10, 25, 50, 100] as const

/** Search parameters of a paginated list: ?page=2&size=50. `page` starts at 1, `size` is rows per page. */
export interface PageParams {
  page: number
  size: number
}

/** Handler of a list whose parameters are in the URL. `replace`: without a new history entry. */
export type OnParamsChange<Params> = (params: Params, options?: { replace: boolean }) => void

export const defaultPageParams: PageParams = { page: 1, size: 25 }

/** Validates the search parameters of a URL; an invalid value gets its default. */
export function parsePageParams(search: { page?: unknown; size?: unknown }): PageParams {
  const page = Number(search.page)
  const size = Number(search.size)
  return {
    page:
      Number.isSafeInteger(page) && page > 0 && page < 1_000_000 ? page : defaultPageParams.page,
    size: PAGE_SIZES.some((choice) => choice === size) ? size : defaultPageParams.size,
  }
}

/** Validates a search text from a URL. The router parses ?search=42 as a number. */
export function parseSearchText(value: unknown, maxLength: number): string {
  const isText = ["string", "number", "boolean"].includes(typeof value)
  return isText ? String(value).slice(0, maxLength).trim() : ""
}

export const pageCount = (count: number, size: number): number =>
  Math.max(1, Math.ceil(count / size))

/** Changes the page size; the new page contains the first row of the old page. */
export function changePageSize({ page, size }: PageParams, newSize: number): PageParams {
  return { page: Math.floor(((page - 1) * size) / newSize) + 1, size: newSize }
}
