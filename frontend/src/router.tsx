import type { QueryClient } from "@tanstack/react-query"
import { createRouter } from "@tanstack/react-router"
import { ErrorPage, NotFoundPage, StartingScreen } from "@/engine"
import { routeTree } from "@/routeTree.gen"

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    // TanStack Query decides whether loaded data is stale.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // The layout scrolls #content, not the window.
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
}
