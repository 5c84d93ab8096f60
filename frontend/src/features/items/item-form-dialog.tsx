import { lazy } from "react"
import { FormDialogContent } from "@/engine"
import type { ItemFormProps } from "@/features/items/item-form"

const loadItemForm = () => import("@/features/items/item-form")
const ItemForm = lazy(() => loadItemForm().then((module) => ({ default: module.ItemForm })))

/** Forms and validation are kept out of the first load; call this when one is about to be needed. */
export function preloadItemForm(): void {
  loadItemForm().catch(() => undefined) // told when the form itself is asked for
}

interface ItemFormDialogProps extends Omit<ItemFormProps, "onUnsaved"> {
  title: string
  description: string
  onClose: () => void
  onCloseAutoFocus?: (event: Event) => void
}

/** What the dialogs of a new and of an existing item have in common. */
export function ItemFormDialog({ item, onSave, ...dialog }: ItemFormDialogProps) {
  return (
    <FormDialogContent {...dialog}>
      {(onUnsaved) => <ItemForm item={item} onSave={onSave} onUnsaved={onUnsaved} />}
    </FormDialogContent>
  )
}
