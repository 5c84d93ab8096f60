import { createFileRoute } from "@tanstack/react-router"
import { LicencesPage } from "@/engine/licenses/licenses-page"

export const Route = createFileRoute("/_app/settings_/licences")({
  staticData: { title: "Licences" },
  component: LicencesPage,
})
