import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react"
import { TableHead } from "@/components/ui/table"
import { cn } from "@/lib/utils"

interface SortHeaderProps<Sort extends string> {
  label: string
  ascending: Sort
  descending: Sort
  /** Current order of the list. */
  sort: Sort
  onSort: (sort: Sort) => void
  /** Whether the first click sorts descending, for dates and amounts. */
  descendingFirst?: boolean
  className?: string | undefined
}

/** Column header that sorts the table; clicking it again reverses the order. */
export function SortHeader<Sort extends string>({
  label,
  ascending,
  descending,
  sort,
  onSort,
  descendingFirst = false,
  className,
}: SortHeaderProps<Sort>) {
  const directions = descendingFirst ? [descending, ascending] : [ascending, descending]
  const next = directions.find((direction) => direction !== sort) ?? ascending
  const sorted = sort === ascending ? "ascending" : sort === descending ? "descending" : undefined
  const Icon = sorted === "ascending" ? ArrowUp : sorted ? ArrowDown : ChevronsUpDown
  return (
    <TableHead aria-sort={sorted} className={className}>
      <button
        type="button"
        onClick={() => onSort(next)}
        className={cn(
          "-mx-1.5 inline-flex h-7 items-center gap-1.5 rounded-md px-1.5 transition-colors hover:text-foreground",
          sorted && "text-foreground",
        )}
      >
        {label}
        <Icon className={cn("size-3.5", !sorted && "opacity-60")} aria-hidden />
      </button>
    </TableHead>
  )
}
