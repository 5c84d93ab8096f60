import { useRef, useState } from "react"
import type { UserPublic } from "@/client/types.gen"
import { Card } from "@/components/ui/card"
import { PageHeader, SearchBox, useSearchShortcut } from "@/engine"
import { AddUserDialog } from "@/features/users/add-user-dialog"
import { DeleteUserDialog } from "@/features/users/delete-user-dialog"
import { EditUserDialog } from "@/features/users/edit-user-dialog"
import { UsersList } from "@/features/users/users-list"
import { USER_SEARCH_MAX, type UsersSearch } from "@/features/users/users-search"

interface UsersPageProps {
  search: UsersSearch
  onSearchChange: (search: UsersSearch) => void
}

export function UsersPage({ search, onSearchChange }: UsersPageProps) {
  // Here and not in the rows: a row may move to another page while its dialog is open.
  const [editing, setEditing] = useState<UserPublic>()
  const [deleting, setDeleting] = useState<UserPublic>()
  const searchArea = useRef<HTMLDivElement>(null)
  useSearchShortcut(searchArea)

  return (
    <>
      <PageHeader title="Users" text="Manage user accounts and permissions">
        <AddUserDialog />
      </PageHeader>
      <div className="grid gap-4">
        <div ref={searchArea} className="max-w-md">
          <SearchBox
            label="Search users"
            value={search.q}
            maxLength={USER_SEARCH_MAX}
            onSearch={(q) => onSearchChange({ ...search, q, page: 1 })}
          />
        </div>
        <Card className="overflow-hidden">
          <UsersList
            search={search}
            onSearchChange={onSearchChange}
            onEdit={setEditing}
            onDelete={setDeleting}
          />
        </Card>
      </div>
      {editing && <EditUserDialog user={editing} onClose={() => setEditing(undefined)} />}
      {deleting && <DeleteUserDialog user={deleting} onClose={() => setDeleting(undefined)} />}
    </>
  )
}
