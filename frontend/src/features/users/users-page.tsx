import { useState } from "react"
import type { UserPublic } from "@/client/types.gen"
import { Card } from "@/components/ui/card"
import { type OnParamsChange, PageHeader, SearchBox } from "@/engine"
import { AddUserDialog } from "@/features/users/add-user-dialog"
import { DeleteUserDialog } from "@/features/users/delete-user-dialog"
import { EditUserDialog } from "@/features/users/edit-user-dialog"
import { UsersList } from "@/features/users/users-list"
import { USER_SEARCH_MAX, type UsersParams } from "@/features/users/users-params"

interface UsersPageProps {
  params: UsersParams
  onParamsChange: OnParamsChange<UsersParams>
}

export function UsersPage({ params, onParamsChange }: UsersPageProps) {
  // Not in the rows: a row may move to another page while its dialog is open.
  const [editing, setEditing] = useState<UserPublic>()
  const [deleting, setDeleting] = useState<UserPublic>()

  return (
    <>
      <PageHeader title="Users" description="Manage user accounts and permissions">
        <AddUserDialog />
      </PageHeader>
      <div className="grid gap-4">
        <SearchBox
          className="max-w-md"
          label="Search users"
          value={params.q}
          maxLength={USER_SEARCH_MAX}
          onSearch={(q) => onParamsChange({ ...params, q, page: 1 })}
        />
        <Card className="overflow-hidden">
          <UsersList
            params={params}
            onParamsChange={onParamsChange}
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
