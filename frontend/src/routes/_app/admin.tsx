import { createFileRoute, type SearchSchemaInput, stripSearchParams } from "@tanstack/react-router"
import { requireSuperuser } from "@/features/auth/guards"
import { usersQuery } from "@/features/users/queries"
import { UsersPage } from "@/features/users/users-page"
import {
  defaultUsersSearch,
  parseUsersSearch,
  type UsersSearch,
} from "@/features/users/users-search"

export const Route = createFileRoute("/_app/admin")({
  staticData: { title: "Users" },
  beforeLoad: requireSuperuser,
  validateSearch: (search: Partial<UsersSearch> & SearchSchemaInput) => parseUsersSearch(search),
  search: { middlewares: [stripSearchParams(defaultUsersSearch)] },
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(usersQuery(deps))
  },
  component: AdminRoute,
})

function AdminRoute() {
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <UsersPage
      search={search}
      onSearchChange={(changed) => navigate({ search: changed, resetScroll: false })}
    />
  )
}
