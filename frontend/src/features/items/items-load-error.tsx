import { TriangleAlert } from "lucide-react"
import { EmptyState } from "@/components/ui/empty-state"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorMessage } from "@/lib/errors"

interface ItemsLoadErrorProps {
  error: unknown
  retrying: boolean
  onRetry: () => void
}

/** In the place of a list that could not be loaded. */
export function ItemsLoadError({ error, retrying, onRetry }: ItemsLoadErrorProps) {
  return (
    <EmptyState
      role="alert"
      icon={TriangleAlert}
      title="The items could not be loaded"
      text={errorMessage(error)}
    >
      <LoadingButton pending={retrying} onClick={onRetry}>
        Try again
      </LoadingButton>
    </EmptyState>
  )
}
