import type { ItemPublic, ItemSort } from "@/client/types.gen"
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
} from "@/components/ui/table"
import { DateTime, rowLabelId, SortHeader, TruncatedText } from "@/engine"
import { ItemActions } from "@/features/items/item-actions"
import { ItemId } from "@/features/items/item-id"

interface ItemsTableProps {
  items: ItemPublic[]
  sort: ItemSort
  onSort: (sort: ItemSort) => void
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

/** Narrow windows show the description below the title, and hide ID and date. */
const columns = {
  description: "hidden sm:table-cell",
  id: "hidden w-32 lg:table-cell",
  created: "hidden w-48 md:table-cell",
  actions: "w-14 text-right",
}

export function ItemsTable({ items, sort, onSort, onEdit, onDelete }: ItemsTableProps) {
  const sorting = { sort, onSort }
  return (
    <Table>
      <TableHeader>
        <tr>
          <SortHeader {...sorting} label="Title" ascending="title" descending="-title" />
          <TableHead className={columns.description}>Description</TableHead>
          <TableHead className={columns.id}>ID</TableHead>
          <SortHeader
            {...sorting}
            label="Created"
            ascending="created_at"
            descending="-created_at"
            descendingFirst
            className={columns.created}
          />
          <TableHead className={columns.actions}>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {items.map((item) => (
          <TableRow key={item.id}>
            <TableCell>
              <TruncatedText id={rowLabelId(item.id)} className="font-medium" title={item.title}>
                {item.title}
              </TruncatedText>
              <TruncatedText className="text-muted-foreground text-xs sm:hidden">
                {item.description}
              </TruncatedText>
            </TableCell>
            <TableCell className={columns.description}>
              <TruncatedText
                className="text-muted-foreground"
                title={item.description ?? undefined}
              >
                {item.description || "—"}
              </TruncatedText>
            </TableCell>
            <TableCell className={columns.id}>
              <ItemId id={item.id} />
            </TableCell>
            <TableCell className={columns.created}>
              <DateTime at={item.created_at} className="text-muted-foreground" />
            </TableCell>
            <TableCell className={columns.actions}>
              <ItemActions item={item} onEdit={onEdit} onDelete={onDelete} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  )
}
