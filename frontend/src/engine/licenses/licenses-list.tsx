import { SearchX } from "lucide-react"
import { useId, useRef } from "react"
import { Card } from "@/components/ui/card"
import { EmptyState } from "@/engine/components/empty-state"
import { SearchBox } from "@/engine/components/search-box"
import { useSearchShortcut } from "@/engine/components/use-search-shortcut"
import { ComponentRow } from "@/engine/licenses/component-row"
import { matching } from "@/engine/licenses/filter-components"
import type { Licences, LicensedComponent } from "@/engine/shell"

const LONGEST_SEARCH = 100

interface LicencesListProps {
  licences: Licences
  search: string
  onSearch: (text: string) => void
}

export function LicensesList({ licences, search, onSearch }: LicencesListProps) {
  const area = useRef<HTMLDivElement>(null)
  useSearchShortcut(area)
  const rooms = matching(licences.rooms, search)
  const found = countOf(rooms)
  return (
    <div className="grid gap-4">
      <div ref={area} className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SearchBox
          className="w-full max-w-md"
          label="Search by name or licence"
          value={search}
          maxLength={LONGEST_SEARCH}
          onSearch={onSearch}
        />
        <p role="status" className="text-muted-foreground text-sm">
          {search ? `${found} of ${countOf(licences.rooms)}` : `${found} parts`}
        </p>
      </div>
      {rooms.map(({ heading, components }) => (
        <Room key={heading} heading={heading} components={components} texts={licences.texts} />
      ))}
      {found === 0 && (
        <EmptyState
          icon={SearchX}
          title="Nothing found"
          text="No name, version or licence has these words in it."
        />
      )}
      {licences.missing.length > 0 && (
        <p className="text-muted-foreground text-sm">
          Not listed, because they could not be looked into when this was built:{" "}
          {licences.missing.join(", ")}.
        </p>
      )}
    </div>
  )
}

interface RoomProps {
  heading: string
  components: LicensedComponent[]
  texts: string[]
}

function Room({ heading, components, texts }: RoomProps) {
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

const countOf = (rooms: Licences["rooms"]) =>
  rooms.reduce((sum, { components }) => sum + components.length, 0)
