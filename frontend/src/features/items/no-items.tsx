import { Package } from "lucide-react"
import { EmptyState } from "@/engine"

export function NoItems() {
  return (
    <EmptyState
      // Not a heading: the page's heading already names the items.
      heading="p"
      icon={Package}
      title="You don't have any items yet"
      description="Add a new item to get started"
    />
  )
}
