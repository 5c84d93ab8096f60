import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { attachRouter, BackendGate, StorageNotice, startEngine, Toaster } from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"
import { createAppRouter } from "@/router"
import "@/styles.css"

const queryClient = startEngine([currentUserQuery.queryKey])
const router = createAppRouter(queryClient)
attachRouter(router, queryClient, { login: "/login", settings: "/settings" })

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
