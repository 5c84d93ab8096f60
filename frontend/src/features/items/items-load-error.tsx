import { LoadError } from "@/engine"

interface ItemsLoadErrorProps {
  error: unknown
  retrying: boolean
  onRetry: () => void
}

export function ItemsLoadError(props: ItemsLoadErrorProps) {
  return <LoadError title="The items could not be loaded" {...props} />
}
