import { toast } from "sonner"
import type { ItemPublic } from "@/client/types.gen"
import { ConfirmDialog, errorMessage, focusRowActions } from "@/engine"
import { isItemGone } from "@/features/items/is-item-gone"
import { useDeleteItem } from "@/features/items/mutations"
import { useDeletedToast } from "@/features/items/use-deleted-toast"

interface DeleteItemDialogProps {
  item: ItemPublic
  onClose: () => void
}

export function DeleteItemDialog({ item, onClose }: DeleteItemDialogProps) {
  const { mutate, isPending } = useDeleteItem()
  const showDeleted = useDeletedToast()

  function onDelete() {
    mutate(item.id, {
      onSuccess: () => {
        showDeleted(item)
        onClose()
      },
      onError: (error) => {
        if (isItemGone(error)) {
          toast.info("This item was already deleted")
          onClose()
        } else toast.error("The item could not be deleted", { description: errorMessage(error) })
      },
    })
  }

  return (
    <ConfirmDialog
      title="Delete Item"
      description={
        <>
          “<bdi>{item.title}</bdi>” will be deleted.
        </>
      }
      confirmLabel="Delete"
      pending={isPending}
      onConfirm={onDelete}
      onClose={onClose}
      onCloseAutoFocus={(event) => focusRowActions(event, item.id)}
    />
  )
}
