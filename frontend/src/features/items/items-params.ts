import type { ItemSort } from "@/client/types.gen"
import { defaultPageParams, type PageParams, parsePageParams, parseSearchText } from "@/engine"

/** Search parameters of the items page: /items?search=lamp&sort=title&page=2. */
export interface ItemsParams extends PageParams {
  search: string
  sort: ItemSort
}

export const defaultItemsParams: ItemsParams = {
  ...defaultPageParams,
  search: "",
  sort: "-created_at",
}

/** Longest search text that the backend accepts. */
export const ITEM_SEARCH_MAX = Number(import.meta.env.VITE_ITEM_SEARCH_MAX)

export const itemSortLabels: Record<ItemSort, string> = {
  "-created_at": "Newest first",
  created_at: "Oldest first",
  title: "Title A–Z",
  "-title": "Title Z–A",
}

const isItemSort = (value: unknown): value is ItemSort =>
  typeof value === "string" && Object.hasOwn(itemSortLabels, value)

/** Validates the search parameters of a URL; an invalid value gets its default. */
export function parseItemsParams(params: { [name in keyof ItemsParams]?: unknown }): ItemsParams {
  return {
    ...parsePageParams(params),
    search: parseSearchText(params.search, ITEM_SEARCH_MAX),
    sort: isItemSort(params.sort) ? params.sort : defaultItemsParams.sort,
  }
}
