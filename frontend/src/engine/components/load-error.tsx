import { TriangleAlert } from "lucide-react"
import { LoadingButton } from "@/components/ui/loading-button"
import { EmptyState } from "@/engine/components/empty-state"
import { errorMessage } from "@/engine/connection/errors"

interface LoadErrorProps {
  /** What could not be loaded, as a sentence. */
  title: string
  error: unknown
  retrying: boolean
  onRetry: () => void
}

/** In the place of what could not be loaded. */
export function LoadError({ title, error, retrying, onRetry }: LoadErrorProps) {
  return (
    <EmptyState role="alert" icon={TriangleAlert} title={title} text={errorMessage(error)}>
      <LoadingButton pending={retrying} onClick={onRetry}>
        Try again
      </LoadingButton>
    </EmptyState>
  )
}
