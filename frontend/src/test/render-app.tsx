import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { render } from "@testing-library/react"
import { onTestFinished } from "vitest"
import { Toaster } from "@/components/ui/toaster"
import { followSession } from "@/features/auth/follow-session"
import { createQueryClient } from "@/lib/query-client"
import { attachSession } from "@/lib/session"
import { createAppRouter } from "@/router"

attachSession()

/** The whole app at an address, but for the wait for the backend. */
export function renderApp(address: string) {
  history.replaceState(null, "", address)
  const queryClient = createQueryClient()
  const router = createAppRouter(queryClient)
  onTestFinished(followSession(queryClient, router))
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>,
  )
  return { queryClient, router }
}
