import { createFileRoute } from "@tanstack/react-router"
import { AppLayout } from "@/components/layout/app-layout"
import { currentUserQuery } from "@/features/users/current-user"

export const Route = createFileRoute("/_app")({
  loader: ({ context }) => context.queryClient.ensureQueryData(currentUserQuery),
  component: AppLayout,
})
