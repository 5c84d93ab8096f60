import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { itemsReadItems } from "@/client/sdk.gen"
import type { ItemsReadItemsData } from "@/client/types.gen"
import type { ItemsParams } from "@/features/items/items-params"

export const ITEMS_KEY = ["items"]
const RECENT_ITEMS = 5

function itemsQueryOptions(query: NonNullable<ItemsReadItemsData["query"]>) {
  return queryOptions({
    queryKey: [...ITEMS_KEY, query],
    meta: { persist: !query.skip && !query.search },
    queryFn: async ({ signal }) => (await itemsReadItems({ query, signal })).data,
    placeholderData: keepPreviousData,
  })
}

export const itemsQuery = ({ page, size, search, sort }: ItemsParams) =>
  itemsQueryOptions({ skip: (page - 1) * size, limit: size, search, sort })

/** The newest items, and the number of all items. */
export const recentItemsQuery = itemsQueryOptions({ limit: RECENT_ITEMS })
