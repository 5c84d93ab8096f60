import { toast } from "sonner"
import type { ItemPublic } from "@/client/types.gen"
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"
import { LoadingButton } from "@/components/ui/loading-button"
import { focusItemActions } from "@/features/items/item-actions"
import { useDeleteItem } from "@/features/items/mutations"
import { useDeletedToast } from "@/features/items/use-deleted-toast"
import { errorMessage, isGone } from "@/lib/errors"

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
        if (isGone(error)) {
          toast.info("This item had already been deleted")
          onClose()
        } else toast.error("The item was not deleted", { description: errorMessage(error) })
      },
    })
  }

  return (
    <AlertDialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <AlertDialogContent onCloseAutoFocus={(event) => focusItemActions(event, item)}>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>Delete Item</AlertDialogTitle>
          <AlertDialogDescription className="break-words">
            “{item.title}” will be deleted.
          </AlertDialogDescription>
        </DialogHeader>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline" disabled={isPending}>
              Cancel
            </Button>
          </AlertDialogCancel>
          <LoadingButton variant="destructive" pending={isPending} onClick={onDelete}>
            Delete
          </LoadingButton>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
