import { createFileRoute, type SearchSchemaInput, stripSearchParams } from "@tanstack/react-router"
import { ItemsPage } from "@/features/items/items-page"
import {
  defaultItemsParams,
  type ItemsParams,
  parseItemsParams,
} from "@/features/items/items-params"
import { itemsQuery } from "@/features/items/queries"

export const Route = createFileRoute("/_app/items")({
  staticData: { title: "Items" },
  validateSearch: (search: Partial<ItemsParams> & SearchSchemaInput) => parseItemsParams(search),
  search: { middlewares: [stripSearchParams(defaultItemsParams)] },
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.queryClient.prefetchQuery(itemsQuery(deps))
  },
  component: ItemsRoute,
})

function ItemsRoute() {
  const params = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ItemsPage
      params={params}
      onParamsChange={(search, options) =>
        // A search replaces the history entry: otherwise each pause in typing would add one.
        navigate({
          search,
          resetScroll: false,
          replace: search.search !== params.search,
          ...options,
        })
      }
    />
  )
}
