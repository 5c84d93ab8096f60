import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type RouteComponent,
  RouterProvider,
} from "@tanstack/react-router"
import { render } from "@testing-library/react"
import type { ReactElement } from "react"
import { Toaster } from "@/engine/components/toaster"

/** Renders `ui` with a QueryClient without retries, and with toasts. */
export function renderWithQueries(ui: ReactElement) {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const rendered = render(
    <QueryClientProvider client={queryClient}>
      {ui}
      <Toaster />
    </QueryClientProvider>,
  )
  return { ...rendered, queryClient }
}

/** Renders a router at `path` by `renderWithQueries`. `components` maps the path of each route to its component. */
export function renderRoutes(components: Record<string, RouteComponent>, path: string) {
  const rootRoute = createRootRoute()
  const routes = Object.entries(components).map(([path, component]) =>
    createRoute({ getParentRoute: () => rootRoute, path, component }),
  )
  const router = createRouter({
    routeTree: rootRoute.addChildren(routes),
    history: createMemoryHistory({ initialEntries: [path] }),
  })
  // The registered router type is the app's.
  return renderWithQueries(<RouterProvider router={router as never} />)
}
