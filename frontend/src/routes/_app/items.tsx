import { createFileRoute, type SearchSchemaInput, stripSearchParams } from "@tanstack/react-router"
import { ItemsPage } from "@/features/items/items-page"
import { defaultPaging, type Paging, parsePaging } from "@/features/items/paging"
import { itemsQuery } from "@/features/items/queries"

export const Route = createFileRoute("/_app/items")({
  staticData: { title: "Items" },
  validateSearch: (search: Partial<Paging> & SearchSchemaInput) => parsePaging(search),
  search: { middlewares: [stripSearchParams(defaultPaging)] },
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(itemsQuery(deps))
  },
  component: ItemsRoute,
})

function ItemsRoute() {
  const paging = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ItemsPage
      paging={paging}
      onPagingChange={(search) => navigate({ search, resetScroll: false })}
    />
  )
}
