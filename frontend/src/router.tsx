import type { QueryClient } from "@tanstack/react-query"
import { createRouter } from "@tanstack/react-router"
import { ErrorPage } from "@/components/layout/error-page"
import { NotFoundPage } from "@/components/layout/not-found-page"
import { StartingScreen } from "@/engine"
import { routeTree } from "@/routeTree.gen"

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    // Freshness is the query cache's business.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // The layout scrolls its content, not the window.
    scrollToTopSelectors: ["#content"],
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NotFoundPage,
    defaultPendingComponent: StartingScreen,
  })
}

export type AppRouter = ReturnType<typeof createAppRouter>

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter
  }
  interface StaticDataRouteOption {
    /** The page's own name, for the title of the document and of the window. */
    title?: string
  }
}
