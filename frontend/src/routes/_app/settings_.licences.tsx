import { createFileRoute } from "@tanstack/react-router"
import { LicensesPage } from "@/engine"

export const Route = createFileRoute("/_app/settings_/licences")({
  staticData: { title: "Licences" },
  component: LicensesPage,
})
