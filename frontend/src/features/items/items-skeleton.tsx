import { Skeleton } from "@/components/ui/skeleton"
import { TableCell, TableRow } from "@/components/ui/table"
import { columns, ItemsTableFrame } from "@/features/items/items-table"

const rows = ["w-2/3", "w-1/2", "w-3/4", "w-2/5", "w-3/5"]

/** The table's shape until its first rows are there. */
export function ItemsSkeleton() {
  return (
    <div role="status" aria-label="Loading items">
      <ItemsTableFrame>
        {rows.map((width) => (
          <TableRow key={width}>
            <TableCell>
              <Skeleton className={`h-4 ${width}`} />
            </TableCell>
            <TableCell className={columns.description}>
              <Skeleton className="h-4 w-4/5" />
            </TableCell>
            <TableCell className={columns.id}>
              <Skeleton className="h-4 w-20" />
            </TableCell>
            <TableCell className={columns.created}>
              <Skeleton className="h-4 w-32" />
            </TableCell>
            <TableCell className={columns.actions} />
          </TableRow>
        ))}
      </ItemsTableFrame>
    </div>
  )
}
