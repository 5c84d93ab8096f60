import { Copy, Pencil, Trash2 } from "lucide-react"
import type { ItemPublic } from "@/client/types.gen"
import { DropdownMenuItem, DropdownMenuSeparator } from "@/components/ui/dropdown-menu"
import { RowActions, useCopyToClipboard } from "@/engine"
import { preloadItemForm } from "@/features/items/item-form-dialog"

interface ItemActionsProps {
  item: ItemPublic
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

export function ItemActions({ item, onEdit, onDelete }: ItemActionsProps) {
  const { copy } = useCopyToClipboard()
  return (
    <RowActions rowId={item.id} onPreload={preloadItemForm}>
      <DropdownMenuItem onSelect={() => onEdit(item)}>
        <Pencil aria-hidden />
        Edit Item
      </DropdownMenuItem>
      <DropdownMenuItem onSelect={() => copy(item.id)}>
        <Copy aria-hidden />
        Copy ID
      </DropdownMenuItem>
      <DropdownMenuSeparator />
      <DropdownMenuItem variant="destructive" onSelect={() => onDelete(item)}>
        <Trash2 aria-hidden />
        Delete Item
      </DropdownMenuItem>
    </RowActions>
  )
}
