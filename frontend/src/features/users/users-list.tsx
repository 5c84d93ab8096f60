import { useQuery } from "@tanstack/react-query"
import type { UserPublic } from "@/client/types.gen"
import { NoSearchResults, type OnParamsChange, PaginatedList, TableSkeleton } from "@/engine"
import { usersQuery } from "@/features/users/queries"
import type { UsersParams } from "@/features/users/users-params"
import { UsersTable } from "@/features/users/users-table"

interface UsersListProps {
  params: UsersParams
  onParamsChange: OnParamsChange<UsersParams>
  onEdit: (user: UserPublic) => void
  onDelete: (user: UserPublic) => void
}

export function UsersList({ params, onParamsChange, onEdit, onDelete }: UsersListProps) {
  const query = useQuery(usersQuery(params))
  return (
    <PaginatedList
      query={query}
      params={params}
      onParamsChange={(page, options) => onParamsChange({ ...params, ...page }, options)}
      errorTitle="The users could not be loaded"
      skeleton={<TableSkeleton label="Loading users" />}
      empty={
        <NoSearchResults
          title="No users found"
          fields="name or email"
          search={params.q}
          clearLabel="Show all users"
          onClear={() => onParamsChange({ ...params, q: "", page: 1 })}
        />
      }
    >
      {(users) => (
        <UsersTable
          users={users}
          sort={params.sort}
          onSort={(sort) => onParamsChange({ ...params, sort, page: 1 })}
          onEdit={onEdit}
          onDelete={onDelete}
        />
      )}
    </PaginatedList>
  )
}
