import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { itemsCreateItem, itemsDeleteItem, itemsReadItems, itemsUpdateItem } from "@/client/sdk.gen"
import type { ItemCreate, ItemUpdate } from "@/client/types.gen"
import type { Paging } from "@/features/items/paging"

const ITEMS_KEY = ["items"]
const RECENT_ITEMS = 5

function pageOfItems(skip: number, limit: number) {
  return queryOptions({
    queryKey: [...ITEMS_KEY, { skip, limit }],
    queryFn: async ({ signal }) => (await itemsReadItems({ query: { skip, limit }, signal })).data,
    // While the next page loads, the previous one stays.
    placeholderData: keepPreviousData,
  })
}

export const itemsQuery = ({ page, size }: Paging) => pageOfItems((page - 1) * size, size)

/** The newest few, and with them how many there are in all. */
export const recentItemsQuery = pageOfItems(0, RECENT_ITEMS)

/** Each of these is pending until the lists on screen show what changed. */
function useItemMutation<T>(mutationFn: (input: T) => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ITEMS_KEY }),
  })
}

export const useCreateItem = () => useItemMutation((body: ItemCreate) => itemsCreateItem({ body }))

export const useUpdateItem = (itemId: string) =>
  useItemMutation((body: ItemUpdate) => itemsUpdateItem({ path: { item_id: itemId }, body }))

export const useDeleteItem = () =>
  useItemMutation((itemId: string) => itemsDeleteItem({ path: { item_id: itemId } }))
