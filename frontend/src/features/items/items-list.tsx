import { useQuery } from "@tanstack/react-query"
import { SearchX } from "lucide-react"
import { useEffect } from "react"
import type { ItemPublic } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { EmptyState, Pagination, pageCount } from "@/engine"
import { ItemsLoadError } from "@/features/items/items-load-error"
import { ItemsSkeleton } from "@/features/items/items-skeleton"
import { ItemsTable } from "@/features/items/items-table"
import type { ItemsView } from "@/features/items/items-view"
import { NoItems } from "@/features/items/no-items"
import { itemsQuery } from "@/features/items/queries"
import { cn } from "@/lib/utils"

interface ItemsListProps {
  view: ItemsView
  onViewChange: (view: ItemsView) => void
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

/** One page of items, or what there is to say instead. */
export function ItemsList({ view, onViewChange, onEdit, onDelete }: ItemsListProps) {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(itemsQuery(view))

  // The last row of the last page may have been deleted, here or elsewhere.
  const lastPage = data && !isPlaceholderData ? pageCount(data.count, view.size) : undefined
  const beyondEnd = lastPage !== undefined && view.page > lastPage
  useEffect(() => {
    if (beyondEnd) onViewChange({ ...view, page: lastPage })
  }, [beyondEnd, lastPage, onViewChange, view])

  if (error && !data) {
    return <ItemsLoadError error={error} retrying={isFetching} onRetry={() => refetch()} />
  }
  if (!data || beyondEnd) return <ItemsSkeleton />
  if (data.count === 0 && view.search) {
    return (
      <EmptyState
        role="status"
        icon={SearchX}
        title="Nothing matches"
        text={
          <>
            No title or description contains “<bdi>{view.search}</bdi>”.
          </>
        }
      >
        <Button variant="outline" onClick={() => onViewChange({ ...view, search: "", page: 1 })}>
          Show all items
        </Button>
      </EmptyState>
    )
  }
  if (data.count === 0) {
    return <NoItems />
  }
  return (
    <>
      <div
        aria-busy={isPlaceholderData}
        className={cn("transition-opacity", isPlaceholderData && "opacity-60")}
      >
        <ItemsTable
          items={data.data}
          sort={view.sort}
          onSort={(sort) => onViewChange({ ...view, sort, page: 1 })}
          onEdit={onEdit}
          onDelete={onDelete}
        />
      </div>
      <Pagination
        page={view.page}
        size={view.size}
        count={data.count}
        onChange={(paging) => onViewChange({ ...view, ...paging })}
      />
    </>
  )
}
