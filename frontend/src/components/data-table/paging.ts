export const PAGE_SIZES = [10, 25, 50, 100] as const

/** One page of a list, as it stands in the address: ?page=2&size=50. Pages count from 1. */
export interface Paging {
  page: number
  size: number
}

export const defaultPaging: Paging = { page: 1, size: 25 }

/** Whatever is typed into the address bar, the result is a page that can be asked for. */
export function parsePaging(search: { page?: unknown; size?: unknown }): Paging {
  const page = Number(search.page)
  const size = Number(search.size)
  return {
    page: Number.isSafeInteger(page) && page > 0 && page < 1_000_000 ? page : defaultPaging.page,
    size: PAGE_SIZES.some((choice) => choice === size) ? size : defaultPaging.size,
  }
}

export const pageCount = (count: number, size: number): number =>
  Math.max(1, Math.ceil(count / size))

/** The page of another size that still shows the first row of this one. */
export function resizePage({ page, size }: Paging, newSize: number): Paging {
  return { page: Math.floor(((page - 1) * size) / newSize) + 1, size: newSize }
}
