import { SearchX } from "lucide-react"
import { useId } from "react"
import { Card } from "@/components/ui/card"
import { EmptyState } from "@/engine/components/empty-state"
import { SearchBox } from "@/engine/components/search-box"
import { ComponentRow } from "@/engine/licenses/component-row"
import { countComponents, filterComponents } from "@/engine/licenses/filter-components"
import type { LicensedComponent, Licenses } from "@/engine/shell"

const SEARCH_MAX_LENGTH = 100

interface LicensesListProps {
  licenses: Licenses
  search: string
  onSearch: (text: string) => void
}

export function LicensesList({ licenses, search, onSearch }: LicensesListProps) {
  const groups = filterComponents(licenses.groups, search)
  const found = countComponents(groups)
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SearchBox
          className="w-full max-w-md"
          label="Search by name or license"
          value={search}
          maxLength={SEARCH_MAX_LENGTH}
          onSearch={onSearch}
        />
        <p role="status" className="text-muted-foreground text-sm">
          {search ? `${found} of ${countComponents(licenses.groups)}` : `${found} components`}
        </p>
      </div>
      {groups.map(({ heading, components }) => (
        <ComponentGroup
          key={heading}
          heading={heading}
          components={components}
          texts={licenses.texts}
        />
      ))}
      {found === 0 && (
        <EmptyState
          icon={SearchX}
          title="No components found"
          description="Try another name, version or license."
        />
      )}
      {licenses.missing.length > 0 && (
        <p className="text-muted-foreground text-sm">
          Not included, because they could not be listed when the app was built:{" "}
          {licenses.missing.join(", ")}.
        </p>
      )}
    </div>
  )
}

interface ComponentGroupProps {
  heading: string
  components: LicensedComponent[]
  texts: string[]
}

function ComponentGroup({ heading, components, texts }: ComponentGroupProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="grid gap-2">
      <h2 id={id} className="flex items-baseline gap-2 font-semibold text-sm">
        {heading}
        <span className="font-normal text-muted-foreground">{components.length}</span>
      </h2>
      <Card className="divide-y overflow-hidden">
        {components.map((component) => (
          <ComponentRow
            key={`${component.name} ${component.version}`}
            component={component}
            texts={texts}
          />
        ))}
      </Card>
    </section>
  )
}
