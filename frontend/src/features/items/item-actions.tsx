import { Copy, Ellipsis, Pencil, Trash2 } from "lucide-react"
import type { ItemPublic } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { restoreFocus, useCopy } from "@/engine"
import { preloadItemForm } from "@/features/items/item-form-dialog"

interface ItemActionsProps {
  item: ItemPublic
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

/** The element that says which item a row's buttons are about. */
export const titleId = (item: ItemPublic) => `title-${item.id}`
const triggerId = (item: ItemPublic) => `actions-${item.id}`

/** When the dialog of this item closes. */
export const focusItemActions = (event: Event, item: ItemPublic) =>
  restoreFocus(event, triggerId(item))

export function ItemActions({ item, onEdit, onDelete }: ItemActionsProps) {
  const { copy } = useCopy()
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          id={triggerId(item)}
          variant="ghost"
          size="icon-sm"
          className="text-muted-foreground"
          onPointerEnter={preloadItemForm}
          onFocus={preloadItemForm}
          aria-label="Actions"
          aria-describedby={titleId(item)}
        >
          <Ellipsis />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
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
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
