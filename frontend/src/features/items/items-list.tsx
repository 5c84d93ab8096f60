import { useQuery } from "@tanstack/react-query"
import type { ItemPublic } from "@/client/types.gen"
import { NoSearchResults, type OnParamsChange, PaginatedList, TableSkeleton } from "@/engine"
import type { ItemsParams } from "@/features/items/items-params"
import { ItemsTable } from "@/features/items/items-table"
import { NoItems } from "@/features/items/no-items"
import { itemsQuery } from "@/features/items/queries"

interface ItemsListProps {
  params: ItemsParams
  onParamsChange: OnParamsChange<ItemsParams>
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

export function ItemsList({ params, onParamsChange, onEdit, onDelete }: ItemsListProps) {
  const query = useQuery(itemsQuery(params))
  return (
    <PaginatedList
      query={query}
      params={params}
      onParamsChange={(page, options) => onParamsChange({ ...params, ...page }, options)}
      errorTitle="The items could not be loaded"
      skeleton={<TableSkeleton label="Loading items" />}
      empty={
        params.search ? (
          <NoSearchResults
            title="No items found"
            fields="title or description"
            search={params.search}
            clearLabel="Show all items"
            onClear={() => onParamsChange({ ...params, search: "", page: 1 })}
          />
        ) : (
          <NoItems />
        )
      }
    >
      {(items) => (
        <ItemsTable
          items={items}
          sort={params.sort}
          onSort={(sort) => onParamsChange({ ...params, sort, page: 1 })}
          onEdit={onEdit}
          onDelete={onDelete}
        />
      )}
    </PaginatedList>
  )
}
