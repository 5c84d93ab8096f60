import { useState } from "react"
import type { ItemPublic } from "@/client/types.gen"
import { Card } from "@/components/ui/card"
import { type OnParamsChange, PageHeader, SearchBox } from "@/engine"
import { AddItemDialog } from "@/features/items/add-item-dialog"
import { DeleteItemDialog } from "@/features/items/delete-item-dialog"
import { EditItemDialog } from "@/features/items/edit-item-dialog"
import { ItemsList } from "@/features/items/items-list"
import { ITEM_SEARCH_MAX, type ItemsParams } from "@/features/items/items-params"
import { ItemsSort } from "@/features/items/items-sort"

interface ItemsPageProps {
  params: ItemsParams
  onParamsChange: OnParamsChange<ItemsParams>
}

export function ItemsPage({ params, onParamsChange }: ItemsPageProps) {
  // Not in the rows: a row may move to another page while its dialog is open.
  const [editing, setEditing] = useState<ItemPublic>()
  const [deleting, setDeleting] = useState<ItemPublic>()

  return (
    <>
      <PageHeader title="Items" description="Create and manage your items">
        <AddItemDialog />
      </PageHeader>
      <div className="grid gap-4">
        <div className="flex max-w-md gap-2 md:block">
          <SearchBox
            className="min-w-0 flex-1"
            label="Search items"
            value={params.search}
            maxLength={ITEM_SEARCH_MAX}
            onSearch={(search) => onParamsChange({ ...params, search, page: 1 })}
          />
          <ItemsSort
            sort={params.sort}
            onSort={(sort) => onParamsChange({ ...params, sort, page: 1 })}
          />
        </div>
        <Card className="overflow-hidden">
          <ItemsList
            params={params}
            onParamsChange={onParamsChange}
            onEdit={setEditing}
            onDelete={setDeleting}
          />
        </Card>
      </div>
      {editing && <EditItemDialog item={editing} onClose={() => setEditing(undefined)} />}
      {deleting && <DeleteItemDialog item={deleting} onClose={() => setDeleting(undefined)} />}
    </>
  )
}
