import { createFileRoute, Outlet, type SearchSchemaInput } from "@tanstack/react-router"
import { internalPath } from "@/engine"
import { requireStranger } from "@/features/auth/guards"

export const Route = createFileRoute("/_auth")({
  // Named even when it is refused: what this leaves out, the router keeps as it was typed.
  validateSearch: (
    search: { redirect?: unknown } & SearchSchemaInput,
  ): { redirect?: string | undefined } => ({ redirect: internalPath(search.redirect) }),
  beforeLoad: requireStranger,
  component: Outlet,
})
