import { lazy, Suspense } from "react"
import { DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"
import type { ItemFormProps } from "@/features/items/item-form"

const loadItemForm = () => import("@/features/items/item-form")
const ItemForm = lazy(() => loadItemForm().then((module) => ({ default: module.ItemForm })))

/** Forms and validation are kept out of the first load; call this when one is about to be needed. */
export function preloadItemForm(): void {
  loadItemForm().catch(() => undefined) // told when the form itself is asked for
}

interface ItemFormDialogProps extends ItemFormProps {
  title: string
  description: string
  onCloseAutoFocus?: (event: Event) => void
}

/** What the dialogs of a new and of an existing item have in common. */
export function ItemFormDialog({
  title,
  description,
  onCloseAutoFocus,
  ...form
}: ItemFormDialogProps) {
  return (
    <DialogContent
      onInteractOutside={(event) => event.preventDefault()}
      onCloseAutoFocus={onCloseAutoFocus}
    >
      <DialogHeader>
        <DialogTitle>{title}</DialogTitle>
        <DialogDescription>{description}</DialogDescription>
      </DialogHeader>
      <Suspense fallback={<Skeleton className="h-68" />}>
        <ItemForm {...form} />
      </Suspense>
    </DialogContent>
  )
}
