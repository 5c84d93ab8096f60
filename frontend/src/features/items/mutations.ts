import {
  itemsCreateItem,
  itemsDeleteItem,
  itemsImportItems,
  itemsUpdateItem,
} from "@/client/sdk.gen"
import type { ItemCreate, ItemFileRow, ItemPublic, ItemsPublic } from "@/client/types.gen"
import { useListMutation, useOptimisticListMutation } from "@/engine"
import { ITEMS_KEY } from "@/features/items/queries"

export const useCreateItem = () =>
  useListMutation(ITEMS_KEY, (body: ItemCreate) => itemsCreateItem({ body }))

export const useUpdateItem = (itemId: string) =>
  useOptimisticListMutation(
    ITEMS_KEY,
    (body: ItemCreate) => itemsUpdateItem({ path: { item_id: itemId }, body }),
    (list: ItemsPublic, changes) => ({
      ...list,
      data: list.data.map((item) => (item.id === itemId ? { ...item, ...changes } : item)),
    }),
  )

export const useDeleteItem = () =>
  useOptimisticListMutation(
    ITEMS_KEY,
    (itemId: string) => itemsDeleteItem({ path: { item_id: itemId } }),
    ({ data, count }: ItemsPublic, itemId) => ({
      data: data.filter((item) => item.id !== itemId),
      count: data.some((item) => item.id === itemId) ? count - 1 : count,
    }),
  )

/** Restores a deleted item with its id and creation time. Only for the user's own items: an import makes the current user the owner. */
export const useRestoreItem = () =>
  useListMutation(ITEMS_KEY, ({ id, title, description, created_at }: ItemPublic) => {
    const file: ItemFileRow[] = [{ id, title, description, created_at }]
    return itemsImportItems({ body: new Blob([JSON.stringify(file)]) })
  })
