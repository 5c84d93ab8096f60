import { useQueryClient } from "@tanstack/react-query"
import { toast } from "sonner"
import type { ItemPublic } from "@/client/types.gen"
import { errorMessage } from "@/engine"
import { useRestoreItem } from "@/features/items/mutations"
import { currentUserQuery } from "@/features/users/current-user"

const TIME_TO_UNDO_MS = 10_000

/** Tells that an item was deleted and, where it can come back as it was, offers that. */
export function useDeletedToast(): (item: ItemPublic) => void {
  const queryClient = useQueryClient()
  const { mutateAsync } = useRestoreItem()

  async function restore(item: ItemPublic) {
    try {
      await mutateAsync(item)
      toast.success("Item restored")
    } catch (error) {
      toast.error("The item was not restored", {
        description: errorMessage(error),
        duration: TIME_TO_UNDO_MS,
        action: { label: "Try again", onClick: () => void restore(item) },
      })
    }
  }

  return (item) => {
    const owner = queryClient.getQueryData(currentUserQuery.queryKey)?.id
    if (owner !== item.owner_id) {
      toast.success("The item was deleted successfully")
      return
    }
    toast.success("The item was deleted successfully", {
      duration: TIME_TO_UNDO_MS,
      action: { label: "Undo", onClick: () => void restore(item) },
    })
  }
}
