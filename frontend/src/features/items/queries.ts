import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { itemsReadItems } from "@/client/sdk.gen"
import type { ItemsReadItemsData } from "@/client/types.gen"
import type { ItemsView } from "@/features/items/items-view"

export const ITEMS_KEY = ["items"]
const RECENT_ITEMS = 5

function someItems(query: NonNullable<ItemsReadItemsData["query"]>) {
  return queryOptions({
    queryKey: [...ITEMS_KEY, query],
    meta: { persist: !query.skip && !query.search },
    queryFn: async ({ signal }) => (await itemsReadItems({ query, signal })).data,
    // While the next page loads, the previous one stays.
    placeholderData: keepPreviousData,
  })
}

export const itemsQuery = ({ page, size, search, sort }: ItemsView) =>
  someItems({ skip: (page - 1) * size, limit: size, search, sort })

/** The newest few, and with them how many there are in all. */
export const recentItemsQuery = someItems({ limit: RECENT_ITEMS })
