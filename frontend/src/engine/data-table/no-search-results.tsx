import { SearchX } from "lucide-react"
import { Button } from "@/components/ui/button"
import { EmptyState } from "@/engine/components/empty-state"

interface NoSearchResultsProps {
  title: string
  /** Names of the searched fields: "title or description". */
  fields: string
  search: string
  clearLabel: string
  onClear: () => void
}

/** Empty state of a search, with a button that clears it. */
export function NoSearchResults({
  title,
  fields,
  search,
  clearLabel,
  onClear,
}: NoSearchResultsProps) {
  return (
    <EmptyState
      role="status"
      // Not a heading: the page's heading already names the rows.
      heading="p"
      icon={SearchX}
      title={title}
      description={
        <>
          No {fields} contains “<bdi>{search}</bdi>”.
        </>
      }
    >
      <Button variant="outline" onClick={onClear}>
        {clearLabel}
      </Button>
    </EmptyState>
  )
}
