import { createFileRoute, Outlet, type SearchSchemaInput } from "@tanstack/react-router"
import { internalPath } from "@/engine"
import { requireLoggedOut } from "@/features/auth/guards"

export const Route = createFileRoute("/_auth")({
  // Always set, even to undefined: the router does not remove keys that the result omits.
  validateSearch: (
    search: { redirect?: unknown } & SearchSchemaInput,
  ): { redirect?: string | undefined } => ({ redirect: internalPath(search.redirect) }),
  beforeLoad: requireLoggedOut,
  component: Outlet,
})
