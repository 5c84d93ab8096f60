import { useQueryClient } from "@tanstack/react-query"
import { toast } from "sonner"
import type { ItemPublic } from "@/client/types.gen"
import { errorMessage } from "@/engine"
import { useRestoreItem } from "@/features/items/mutations"
import { currentUserQuery } from "@/features/users/current-user"

const UNDO_TIMEOUT_MS = 10_000

/** Returns a function that reports a deleted item, with an Undo button if the current user owns the item. */
export function useDeletedToast(): (item: ItemPublic) => void {
  const queryClient = useQueryClient()
  const { mutateAsync } = useRestoreItem()

  async function restore(item: ItemPublic) {
    try {
      await mutateAsync(item)
      toast.success("Item restored")
    } catch (error) {
      toast.error("The item could not be restored", {
        description: errorMessage(error),
        duration: UNDO_TIMEOUT_MS,
        action: { label: "Try again", onClick: () => void restore(item) },
      })
    }
  }

  return (item) => {
    const currentUserId = queryClient.getQueryData(currentUserQuery.queryKey)?.id
    if (currentUserId !== item.owner_id) {
      toast.success("The item was deleted successfully")
      return
    }
    toast.success("The item was deleted successfully", {
      duration: UNDO_TIMEOUT_MS,
      action: { label: "Undo", onClick: () => void restore(item) },
    })
  }
}
