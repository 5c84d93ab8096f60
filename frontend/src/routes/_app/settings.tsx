import { createFileRoute, type SearchSchemaInput } from "@tanstack/react-router"
import { aboutQuery } from "@/engine"
import { SettingsPage } from "@/features/settings/settings-page"

export const Route = createFileRoute("/_app/settings")({
  staticData: { title: "Settings" },
  validateSearch: ({ tab }: { tab?: unknown } & SearchSchemaInput): { tab?: string } =>
    typeof tab === "string" ? { tab } : {},
  loader: ({ context }) => context.queryClient.ensureQueryData(aboutQuery),
  component: SettingsRoute,
})

function SettingsRoute() {
  const { tab } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <SettingsPage
      tab={tab}
      onTabChange={(chosen) =>
        navigate({ search: { tab: chosen }, replace: true, resetScroll: false })
      }
    />
  )
}
