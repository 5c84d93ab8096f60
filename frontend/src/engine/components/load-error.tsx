import { TriangleAlert } from "lucide-react"
import { LoadingButton } from "@/components/ui/loading-button"
import { EmptyState } from "@/engine/components/empty-state"
import { errorMessage } from "@/engine/connection/errors"

interface LoadErrorProps {
  /** For example "The items could not be loaded". */
  title: string
  error: unknown
  retrying: boolean
  onRetry: () => void
}

/** Replaces content that could not be loaded, with a retry button. */
export function LoadError({ title, error, retrying, onRetry }: LoadErrorProps) {
  return (
    <EmptyState role="alert" icon={TriangleAlert} title={title} description={errorMessage(error)}>
      <LoadingButton pending={retrying} onClick={onRetry}>
        Try again
      </LoadingButton>
    </EmptyState>
  )
}
