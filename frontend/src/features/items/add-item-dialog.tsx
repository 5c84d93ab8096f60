import { Plus } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"
import { Dialog, DialogTrigger } from "@/components/ui/dialog"
import { ItemFormDialog, preloadItemForm } from "@/features/items/item-form-dialog"
import { useCreateItem } from "@/features/items/mutations"

/** The Add Item button and its dialog. */
export function AddItemDialog() {
  const [open, setOpen] = useState(false)
  const { mutateAsync, isPending } = useCreateItem()

  return (
    <Dialog open={open} onOpenChange={(next) => !isPending && setOpen(next)}>
      <DialogTrigger asChild>
        <Button onPointerEnter={preloadItemForm} onFocus={preloadItemForm}>
          <Plus aria-hidden />
          Add Item
        </Button>
      </DialogTrigger>
      <ItemFormDialog
        title="Add Item"
        description="Fill in the details to add a new item."
        onClose={() => setOpen(false)}
        onSave={async (item) => {
          await mutateAsync(item)
          toast.success("Item created successfully")
          setOpen(false)
        }}
      />
    </Dialog>
  )
}
