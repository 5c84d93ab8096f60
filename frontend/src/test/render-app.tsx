import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { render } from "@testing-library/react"
import { onTestFinished } from "vitest"
import { Toaster } from "@/engine/components/toaster"
import { createQueryClient } from "@/engine/connection/query-client"
import { attachSession } from "@/engine/connection/session"
import { syncSession } from "@/engine/connection/session-sync"
import { createAppRouter } from "@/router"

attachSession()

/** Renders the app at a path, without the BackendGate. */
export function renderApp(address: string) {
  history.replaceState(null, "", address)
  const queryClient = createQueryClient()
  const router = createAppRouter(queryClient)
  onTestFinished(syncSession(queryClient, router, "/login"))
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>,
  )
  return { queryClient, router }
}
