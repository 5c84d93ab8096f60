import type { ReactNode } from "react"
import type { ItemPublic, ItemSort } from "@/client/types.gen"
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
} from "@/components/ui/table"
import { DateTime, SortHeader, TruncatedText } from "@/engine"
import { ItemActions, titleId } from "@/features/items/item-actions"
import { ItemId } from "@/features/items/item-id"

interface ItemsTableProps extends SortProps {
  items: ItemPublic[]
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

interface SortProps {
  sort: ItemSort
  onSort: (sort: ItemSort) => void
}

/** In narrow windows the description stands below the title, and id and date give way. */
export const columns = {
  description: "hidden sm:table-cell",
  id: "hidden w-32 lg:table-cell",
  created: "hidden w-48 md:table-cell",
  actions: "w-14 text-right",
}

export function ItemsTable({ items, sort, onSort, onEdit, onDelete }: ItemsTableProps) {
  return (
    <ItemsTableFrame sorting={{ sort, onSort }}>
      {items.map((item) => (
        <TableRow key={item.id}>
          <TableCell>
            <TruncatedText id={titleId(item)} className="font-medium" title={item.title}>
              {item.title}
            </TruncatedText>
            <TruncatedText className="text-muted-foreground text-xs sm:hidden">
              {item.description}
            </TruncatedText>
          </TableCell>
          <TableCell className={columns.description}>
            <TruncatedText className="text-muted-foreground" title={item.description ?? undefined}>
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
    </ItemsTableFrame>
  )
}

interface ItemsTableFrameProps {
  /** Absent while there is nothing to sort. */
  sorting?: SortProps
  children: ReactNode
}

export function ItemsTableFrame({ sorting, children }: ItemsTableFrameProps) {
  return (
    <Table>
      <TableHeader>
        <tr>
          {sorting ? (
            <SortHeader label="Title" ascending="title" descending="-title" {...sorting} />
          ) : (
            <TableHead>Title</TableHead>
          )}
          <TableHead className={columns.description}>Description</TableHead>
          <TableHead className={columns.id}>ID</TableHead>
          {sorting ? (
            <SortHeader
              label="Created"
              ascending="created_at"
              descending="-created_at"
              descendingFirst
              className={columns.created}
              {...sorting}
            />
          ) : (
            <TableHead className={columns.created}>Created</TableHead>
          )}
          <TableHead className={columns.actions}>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>{children}</TableBody>
    </Table>
  )
}
