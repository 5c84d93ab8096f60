import type { ItemSort } from "@/client/types.gen"
import { defaultPageParams, type PageParams, parsePageParams } from "@/engine"

/** What of the items is shown, as it stands in the address: /items?search=lamp&sort=title&page=2. */
export interface ItemsView extends PageParams {
  search: string
  sort: ItemSort
}

export const defaultItemsView: ItemsView = { ...defaultPageParams, search: "", sort: "-created_at" }

/** The backend's own limit. */
export const ITEM_SEARCH_MAX = Number(import.meta.env.VITE_ITEM_SEARCH_MAX)

const sorts: Record<ItemSort, true> = {
  "-created_at": true,
  created_at: true,
  title: true,
  "-title": true,
}

const isSort = (value: unknown): value is ItemSort =>
  typeof value === "string" && Object.hasOwn(sorts, value)

/** Whatever is typed into the address bar, the result is something that can be asked for. */
export function parseItemsView({
  search,
  sort,
  ...paging
}: Partial<Record<keyof ItemsView, unknown>>): ItemsView {
  return {
    ...parsePageParams(paging),
    // The router reads ?search=42 as a number.
    search: ["string", "number", "boolean"].includes(typeof search)
      ? String(search).slice(0, ITEM_SEARCH_MAX).trim()
      : "",
    sort: isSort(sort) ? sort : defaultItemsView.sort,
  }
}
