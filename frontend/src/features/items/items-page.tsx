import { useQuery } from "@tanstack/react-query"
import { Package } from "lucide-react"
import { useEffect, useState } from "react"
import type { ItemPublic } from "@/client/types.gen"
import { PageHeader } from "@/components/layout/page-header"
import { Card } from "@/components/ui/card"
import { EmptyState } from "@/components/ui/empty-state"
import { AddItemDialog } from "@/features/items/add-item-dialog"
import { DeleteItemDialog } from "@/features/items/delete-item-dialog"
import { EditItemDialog } from "@/features/items/edit-item-dialog"
import { ItemsLoadError } from "@/features/items/items-load-error"
import { ItemsPager } from "@/features/items/items-pager"
import { ItemsSkeleton } from "@/features/items/items-skeleton"
import { ItemsTable } from "@/features/items/items-table"
import { type Paging, pageCount } from "@/features/items/paging"
import { itemsQuery } from "@/features/items/queries"
import { cn } from "@/lib/utils"

interface ItemsPageProps {
  paging: Paging
  onPagingChange: (paging: Paging) => void
}

export function ItemsPage({ paging, onPagingChange }: ItemsPageProps) {
  // Here and not in the rows: a row may move to another page while its dialog is open.
  const [editing, setEditing] = useState<ItemPublic>()
  const [deleting, setDeleting] = useState<ItemPublic>()

  return (
    <>
      <PageHeader title="Items" text="Everything you have stored, newest first.">
        <AddItemDialog />
      </PageHeader>
      <Card className="overflow-hidden">
        <ItemsList
          paging={paging}
          onPagingChange={onPagingChange}
          onEdit={setEditing}
          onDelete={setDeleting}
        />
      </Card>
      {editing && <EditItemDialog item={editing} onClose={() => setEditing(undefined)} />}
      {deleting && <DeleteItemDialog item={deleting} onClose={() => setDeleting(undefined)} />}
    </>
  )
}

interface ItemsListProps extends ItemsPageProps {
  onEdit: (item: ItemPublic) => void
  onDelete: (item: ItemPublic) => void
}

function ItemsList({ paging, onPagingChange, onEdit, onDelete }: ItemsListProps) {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(itemsQuery(paging))

  // The last row of the last page may have been deleted, here or elsewhere.
  const lastPage = data && !isPlaceholderData ? pageCount(data.count, paging.size) : undefined
  const beyondEnd = lastPage !== undefined && paging.page > lastPage
  useEffect(() => {
    if (beyondEnd) onPagingChange({ page: lastPage, size: paging.size })
  }, [beyondEnd, lastPage, onPagingChange, paging.size])

  if (error && !data) {
    return <ItemsLoadError error={error} retrying={isFetching} onRetry={() => refetch()} />
  }
  if (!data || beyondEnd) return <ItemsSkeleton />
  if (data.count === 0) {
    return <EmptyState icon={Package} title="No items yet" text="Add the first one to get going." />
  }
  return (
    <>
      <div
        aria-busy={isPlaceholderData}
        className={cn("transition-opacity", isPlaceholderData && "opacity-60")}
      >
        <ItemsTable items={data.data} onEdit={onEdit} onDelete={onDelete} />
      </div>
      <ItemsPager paging={paging} count={data.count} onPagingChange={onPagingChange} />
    </>
  )
}
