import { createFileRoute, Outlet, type SearchSchemaInput } from "@tanstack/react-router"
import { requireStranger } from "@/features/auth/guards"
import { internalPath } from "@/features/auth/redirect"

export const Route = createFileRoute("/_auth")({
  validateSearch: (search: { redirect?: unknown } & SearchSchemaInput): { redirect?: string } => {
    const redirect = internalPath(search.redirect)
    return redirect ? { redirect } : {}
  },
  beforeLoad: requireStranger,
  component: Outlet,
})
