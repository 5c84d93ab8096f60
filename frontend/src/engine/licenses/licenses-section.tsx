import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { Button } from "@/components/ui/button"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import { licensesQuery } from "@/engine/licenses/queries"

/** The way to the licences, or why there is none. */
export function LicensesSection() {
  const { data, error } = useQuery(licensesQuery)
  const parts = data?.rooms.reduce((sum, { components }) => sum + components.length, 0)
  return (
    <SettingsSection
      title="Licences"
      text={
        error
          ? errorMessage(error)
          : `${parts ?? "All"} parts that others wrote, each with its version, its licence and the texts.`
      }
      action={
        data && (
          <Button variant="outline" asChild>
            <Link to="/settings/licences">Show licences</Link>
          </Button>
        )
      }
    />
  )
}
