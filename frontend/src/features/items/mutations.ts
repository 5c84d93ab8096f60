import { useMutation, useQueryClient } from "@tanstack/react-query"
import {
  itemsCreateItem,
  itemsDeleteItem,
  itemsImportItems,
  itemsUpdateItem,
} from "@/client/sdk.gen"
import type { ItemCreate, ItemPublic, ItemsPublic, ItemTransfer } from "@/client/types.gen"
import { ITEMS_KEY } from "@/features/items/queries"

/** Pending until the lists on screen show what changed. */
function useItemMutation<T>(mutationFn: (input: T) => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ITEMS_KEY }),
  })
}

/** Shows the change in every list at once, and takes it back if the request fails. */
function useOptimisticMutation<T>(
  mutationFn: (input: T) => Promise<unknown>,
  change: (list: ItemsPublic, input: T) => ItemsPublic,
) {
  const queryClient = useQueryClient()
  const lists = { queryKey: ITEMS_KEY }
  return useMutation({
    mutationFn,
    onMutate: async (input: T) => {
      await queryClient.cancelQueries(lists)
      const before = queryClient.getQueriesData<ItemsPublic>(lists)
      queryClient.setQueriesData<ItemsPublic>(lists, (list) => list && change(list, input))
      return before
    },
    onError: (_error, _input, before) => {
      for (const [key, list] of before ?? []) queryClient.setQueryData(key, list)
      void queryClient.invalidateQueries(lists) // without waiting: the failure is told first
    },
    onSuccess: () => queryClient.invalidateQueries(lists),
  })
}

export const useCreateItem = () => useItemMutation((body: ItemCreate) => itemsCreateItem({ body }))

export const useUpdateItem = (itemId: string) =>
  useOptimisticMutation(
    (body: ItemCreate) => itemsUpdateItem({ path: { item_id: itemId }, body }),
    (list, changes) => ({
      ...list,
      data: list.data.map((item) => (item.id === itemId ? { ...item, ...changes } : item)),
    }),
  )

export const useDeleteItem = () =>
  useOptimisticMutation(
    (itemId: string) => itemsDeleteItem({ path: { item_id: itemId } }),
    ({ data, count }, itemId) => ({
      data: data.filter((item) => item.id !== itemId),
      count: data.some((item) => item.id === itemId) ? count - 1 : count,
    }),
  )

/** Brings a deleted item back as it was, with its id and time. Only for one's own: an import is the importer's. */
export const useRestoreItem = () =>
  useItemMutation(({ id, title, description, created_at }: ItemPublic) => {
    const file: ItemTransfer[] = [{ id, title, description, created_at }]
    return itemsImportItems({ body: new Blob([JSON.stringify(file)]) })
  })
