import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { Button } from "@/components/ui/button"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import { countComponents } from "@/engine/licenses/filter-components"
import { licensesQuery } from "@/engine/licenses/queries"

/** A link to the licenses page, or why the licenses are unavailable. */
export function LicensesSection() {
  const { data, error } = useQuery(licensesQuery)
  const count = data && countComponents(data.groups)
  return (
    <SettingsSection
      title="Licenses"
      description={
        error
          ? errorMessage(error)
          : `${count ?? "All"} third-party components, with versions, licenses and license texts.`
      }
      action={
        data && (
          <Button variant="outline" asChild>
            <Link to="/settings/licenses">Show licenses</Link>
          </Button>
        )
      }
    />
  )
}
