import type { ItemSort } from "@/client/types.gen"
import { NativeSelect } from "@/components/ui/native-select"
import { itemSortLabels } from "@/features/items/items-params"

interface ItemsSortProps {
  sort: ItemSort
  onSort: (sort: ItemSort) => void
}

/** Select for the order in narrow windows, where not all column headers fit. */
export function ItemsSort({ sort, onSort }: ItemsSortProps) {
  return (
    <span className="md:hidden">
      <NativeSelect
        aria-label="Sort by"
        className="h-9"
        value={sort}
        onChange={(event) => onSort(event.target.value as ItemSort)}
      >
        {Object.entries(itemSortLabels).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </NativeSelect>
    </span>
  )
}
