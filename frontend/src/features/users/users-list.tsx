import { useQuery } from "@tanstack/react-query"
import { SearchX } from "lucide-react"
import { useEffect } from "react"
import type { UserPublic } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { EmptyState, LoadError, Pagination, pageCount } from "@/engine"
import { usersQuery } from "@/features/users/queries"
import type { UsersSearch } from "@/features/users/users-search"
import { UsersSkeleton } from "@/features/users/users-skeleton"
import { UsersTable } from "@/features/users/users-table"
import { cn } from "@/lib/utils"

interface UsersListProps {
  search: UsersSearch
  onSearchChange: (search: UsersSearch) => void
  onEdit: (user: UserPublic) => void
  onDelete: (user: UserPublic) => void
}

export function UsersList({ search, onSearchChange, onEdit, onDelete }: UsersListProps) {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(usersQuery(search))

  // The last row of the last page may have been deleted, here or elsewhere.
  const lastPage = data && !isPlaceholderData ? pageCount(data.count, search.size) : undefined
  const beyondEnd = lastPage !== undefined && search.page > lastPage
  useEffect(() => {
    if (beyondEnd) onSearchChange({ ...search, page: lastPage })
  }, [beyondEnd, lastPage, onSearchChange, search])

  if (error && !data) {
    return (
      <LoadError
        title="The users could not be loaded"
        error={error}
        retrying={isFetching}
        onRetry={() => refetch()}
      />
    )
  }
  if (!data || beyondEnd) return <UsersSkeleton />
  if (data.count === 0) {
    return (
      <EmptyState
        icon={SearchX}
        title="No users found"
        text={
          <>
            No name or email matches “<bdi>{search.q}</bdi>”.
          </>
        }
        heading="p"
      >
        <Button variant="outline" onClick={() => onSearchChange({ ...search, q: "", page: 1 })}>
          Show all users
        </Button>
      </EmptyState>
    )
  }
  return (
    <>
      <div
        aria-busy={isPlaceholderData}
        className={cn("transition-opacity", isPlaceholderData && "opacity-60")}
      >
        <UsersTable
          users={data.data}
          sort={search.sort}
          onSort={(sort) => onSearchChange({ ...search, sort, page: 1 })}
          onEdit={onEdit}
          onDelete={onDelete}
        />
      </div>
      <Pagination
        page={search.page}
        size={search.size}
        count={data.count}
        onChange={(paging) => onSearchChange({ ...search, ...paging })}
      />
    </>
  )
}
