import { createFileRoute, Outlet, type SearchSchemaInput } from "@tanstack/react-router"
import { requireStranger } from "@/features/auth/guards"
import { internalPath } from "@/features/auth/redirect"

export const Route = createFileRoute("/_auth")({
  // Named even when it is refused: what this leaves out, the router keeps as it was typed.
  validateSearch: (
    search: { redirect?: unknown } & SearchSchemaInput,
  ): { redirect?: string | undefined } => ({ redirect: internalPath(search.redirect) }),
  beforeLoad: requireStranger,
  component: Outlet,
})
