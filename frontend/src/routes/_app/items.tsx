import { createFileRoute, type SearchSchemaInput, stripSearchParams } from "@tanstack/react-router"
import { ItemsPage } from "@/features/items/items-page"
import { defaultItemsView, type ItemsView, parseItemsView } from "@/features/items/items-view"
import { itemsQuery } from "@/features/items/queries"

export const Route = createFileRoute("/_app/items")({
  staticData: { title: "Items" },
  validateSearch: (search: Partial<ItemsView> & SearchSchemaInput) => parseItemsView(search),
  search: { middlewares: [stripSearchParams(defaultItemsView)] },
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(itemsQuery(deps))
  },
  component: ItemsRoute,
})

function ItemsRoute() {
  const view = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ItemsPage
      view={view}
      onViewChange={(search) =>
        // One entry in the history for a search, however many pauses its typing had.
        navigate({ search, resetScroll: false, replace: search.search !== view.search })
      }
    />
  )
}
