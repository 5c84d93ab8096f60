import { createFileRoute } from "@tanstack/react-router"
import { LicensesPage } from "@/engine"

export const Route = createFileRoute("/_app/settings_/licenses")({
  staticData: { title: "Licenses" },
  component: LicensesPage,
})
