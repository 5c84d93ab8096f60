import { useRef, useState } from "react"
import type { ItemPublic } from "@/client/types.gen"
import { Card } from "@/components/ui/card"
import { PageHeader, SearchBox, useSearchShortcut } from "@/engine"
import { AddItemDialog } from "@/features/items/add-item-dialog"
import { DeleteItemDialog } from "@/features/items/delete-item-dialog"
import { EditItemDialog } from "@/features/items/edit-item-dialog"
import { ItemsList } from "@/features/items/items-list"
import { ItemsSort } from "@/features/items/items-sort"
import { ITEM_SEARCH_MAX, type ItemsView } from "@/features/items/items-view"

interface ItemsPageProps {
  view: ItemsView
  onViewChange: (view: ItemsView) => void
}

export function ItemsPage({ view, onViewChange }: ItemsPageProps) {
  // Here and not in the rows: a row may move to another page while its dialog is open.
  const [editing, setEditing] = useState<ItemPublic>()
  const [deleting, setDeleting] = useState<ItemPublic>()
  const searchArea = useRef<HTMLDivElement>(null)
  useSearchShortcut(searchArea)

  const search = (text: string) => onViewChange({ ...view, search: text, page: 1 })
  return (
    <>
      <PageHeader title="Items" text="Create and manage your items">
        <AddItemDialog />
      </PageHeader>
      <div className="grid gap-4">
        <div ref={searchArea} className="flex max-w-md gap-2 md:block">
          <SearchBox
            className="min-w-0 flex-1"
            label="Search items"
            value={view.search}
            maxLength={ITEM_SEARCH_MAX}
            onSearch={search}
          />
          <ItemsSort sort={view.sort} onSort={(sort) => onViewChange({ ...view, sort, page: 1 })} />
        </div>
        <Card className="overflow-hidden">
          <ItemsList
            view={view}
            onViewChange={onViewChange}
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
