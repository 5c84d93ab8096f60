import type { ItemSort } from "@/client/types.gen"
import { NativeSelect } from "@/components/ui/native-select"

interface ItemsSortProps {
  sort: ItemSort
  onSort: (sort: ItemSort) => void
}

const orders: Record<ItemSort, string> = {
  "-created_at": "Newest first",
  created_at: "Oldest first",
  title: "Title A–Z",
  "-title": "Title Z–A",
}

/** The order, where the window is too narrow for the heads of all columns. */
export function ItemsSort({ sort, onSort }: ItemsSortProps) {
  return (
    <span className="md:hidden">
      <NativeSelect
        aria-label="Sort by"
        className="h-9"
        value={sort}
        onChange={(event) => onSort(event.target.value as ItemSort)}
      >
        {Object.entries(orders).map(([order, label]) => (
          <option key={order} value={order}>
            {label}
          </option>
        ))}
      </NativeSelect>
    </span>
  )
}
