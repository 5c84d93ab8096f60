import { FormDialogContent, lazyWithPreload } from "@/engine"
import type { ItemFormProps } from "@/features/items/item-form"

const [ItemForm, preloadItemForm] = lazyWithPreload(() => import("@/features/items/item-form"))

export { preloadItemForm }

interface ItemFormDialogProps extends Omit<ItemFormProps, "onDirtyChange"> {
  title: string
  description: string
  onClose: () => void
  onCloseAutoFocus?: (event: Event) => void
}

/** Content of the Add Item and Edit Item dialogs. */
export function ItemFormDialog({ item, onSave, ...dialog }: ItemFormDialogProps) {
  return (
    <FormDialogContent {...dialog}>
      {(onDirtyChange) => <ItemForm item={item} onSave={onSave} onDirtyChange={onDirtyChange} />}
    </FormDialogContent>
  )
}
