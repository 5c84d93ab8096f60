import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { Toaster } from "@/engine/components/toaster"
import { connect } from "@/engine/connection/connection"
import { keepQueries, showKept } from "@/engine/connection/persisted-queries"
import { createQueryClient } from "@/engine/connection/query-client"
import { followConnection, loadPageAhead, loadPagesAhead } from "@/engine/connection/reconnect"
import { attachSession } from "@/engine/connection/session"
import { followSession } from "@/engine/connection/session-sync"
import { followShell } from "@/engine/connection/shell-events"
import { ensureStorage } from "@/engine/lib/browser-storage"
import { hideComposingKeys } from "@/engine/lib/input-method"
import { followTheme } from "@/engine/lib/theme"
import { BackendGate } from "@/engine/screens/backend-gate"
import { StorageNotice } from "@/engine/screens/storage-notice"
import { runsInShell } from "@/engine/shell"
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
  void import("@/engine/dev-overlay/mount")
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
