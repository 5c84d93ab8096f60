import { toast } from "sonner"
import type { ItemPublic } from "@/client/types.gen"
import { Dialog } from "@/components/ui/dialog"
import { focusItemActions } from "@/features/items/item-actions"
import { ItemFormDialog } from "@/features/items/item-form-dialog"
import { useUpdateItem } from "@/features/items/queries"

interface EditItemDialogProps {
  item: ItemPublic
  onClose: () => void
}

export function EditItemDialog({ item, onClose }: EditItemDialogProps) {
  const { mutateAsync, isPending } = useUpdateItem(item.id)

  return (
    <Dialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <ItemFormDialog
        title="Edit Item"
        description="Changes take effect when you save."
        item={item}
        onCloseAutoFocus={(event) => focusItemActions(event, item)}
        onSave={async (changes) => {
          await mutateAsync(changes)
          toast.success("Item saved")
          onClose()
        }}
      />
    </Dialog>
  )
}
