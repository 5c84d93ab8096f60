import { createFileRoute, type SearchSchemaInput, stripSearchParams } from "@tanstack/react-router"
import { requireSuperuser } from "@/features/auth/guards"
import { usersQuery } from "@/features/users/queries"
import { UsersPage } from "@/features/users/users-page"
import {
  defaultUsersParams,
  parseUsersParams,
  type UsersParams,
} from "@/features/users/users-params"

export const Route = createFileRoute("/_app/admin")({
  staticData: { title: "Users" },
  beforeLoad: requireSuperuser,
  validateSearch: (search: Partial<UsersParams> & SearchSchemaInput) => parseUsersParams(search),
  search: { middlewares: [stripSearchParams(defaultUsersParams)] },
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(usersQuery(deps))
  },
  component: AdminRoute,
})

function AdminRoute() {
  const params = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <UsersPage
      params={params}
      onParamsChange={(search, options) =>
        // A search replaces the history entry: otherwise each pause in typing would add one.
        navigate({ search, resetScroll: false, replace: search.q !== params.q, ...options })
      }
    />
  )
}
