import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { StorageNotice } from "@/components/storage-notice"
import { Toaster } from "@/components/ui/toaster"
import { followSession } from "@/features/auth/follow-session"
import { BackendGate } from "@/features/connection/backend-gate"
import {
  followConnection,
  loadPageAhead,
  loadPagesAhead,
} from "@/features/connection/follow-connection"
import { followShell } from "@/features/connection/follow-shell"
import { keepQueries, showKept } from "@/features/connection/kept-queries"
import { ensureStorage } from "@/lib/browser-storage"
import { connect } from "@/lib/connection"
import { hideComposingKeys } from "@/lib/input-method"
import { createQueryClient } from "@/lib/query-client"
import { attachSession } from "@/lib/session"
import { runsInShell } from "@/lib/shell"
import { followTheme } from "@/lib/theme"
import { createAppRouter } from "@/router"
import "@/styles.css"

ensureStorage()
hideComposingKeys()
followTheme()
attachSession()

const queryClient = createQueryClient()
// Not while the code changes under it: what was kept would be of another shape.
const keeps = import.meta.env.PROD && runsInShell()
const begin = () => connect(keeps ? () => showKept(queryClient) : undefined)
if (keeps) keepQueries(queryClient)
// Not in a release: the condition is a constant there.
if (import.meta.env.VITE_DEV_OVERLAY && runsInShell()) {
  void import("@/features/dev-overlay/mount")
    .then(({ mountDevOverlay }) => mountDevOverlay(queryClient))
    .finally(begin)
} else {
  void begin() // takes the token out of the address bar before the router reads it
}
const router = createAppRouter(queryClient)
followSession(queryClient, router)
followShell(router)
followConnection(queryClient, router)
loadPageAhead(router)
loadPagesAhead(router)

const root = document.getElementById("root")
if (!root) throw new Error("index.html has no #root")
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <BackendGate>
        <RouterProvider router={router} />
      </BackendGate>
      <Toaster />
      <StorageNotice />
    </QueryClientProvider>
  </StrictMode>,
)
