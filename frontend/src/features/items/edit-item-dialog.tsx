import { toast } from "sonner"
import type { ItemCreate, ItemPublic } from "@/client/types.gen"
import { Dialog } from "@/components/ui/dialog"
import { focusRowActions } from "@/engine"
import { isItemGone } from "@/features/items/is-item-gone"
import { ItemFormDialog } from "@/features/items/item-form-dialog"
import { useUpdateItem } from "@/features/items/mutations"

interface EditItemDialogProps {
  item: ItemPublic
  onClose: () => void
}

export function EditItemDialog({ item, onClose }: EditItemDialogProps) {
  const { mutateAsync, isPending } = useUpdateItem(item.id)

  async function save(changes: ItemCreate) {
    try {
      await mutateAsync(changes)
      toast.success("Item updated successfully")
    } catch (error) {
      if (!isItemGone(error)) throw error
      toast.error("The item could not be saved", { description: "It has been deleted." })
    }
    onClose()
  }

  return (
    <Dialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <ItemFormDialog
        title="Edit Item"
        description="Update the item details below."
        item={item}
        onClose={onClose}
        onCloseAutoFocus={(event) => focusRowActions(event, item.id)}
        onSave={save}
      />
    </Dialog>
  )
}
