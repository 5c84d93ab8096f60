import { createFileRoute } from "@tanstack/react-router"
import { LicencesPage } from "@/features/licences/licences-page"

export const Route = createFileRoute("/_app/settings_/licences")({
  staticData: { title: "Licences" },
  component: LicencesPage,
})
