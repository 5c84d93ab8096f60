import { useQueryErrorResetBoundary } from "@tanstack/react-query"
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router"
import { TriangleAlert } from "lucide-react"
import { useEffect } from "react"
import { Button } from "@/components/ui/button"
import { EmptyState } from "@/components/ui/empty-state"
import { errorMessage } from "@/lib/errors"

/** For what no component expected, and for loaders whose request failed. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const queryErrors = useQueryErrorResetBoundary()
  useEffect(() => queryErrors.reset(), [queryErrors])

  return (
    <main className="flex h-full items-center justify-center">
      <EmptyState
        heading="h1"
        icon={TriangleAlert}
        title="This page could not be shown"
        text={errorMessage(error)}
        role="alert"
      >
        <Button
          onClick={() => {
            reset()
            void router.invalidate()
          }}
        >
          Try again
        </Button>
      </EmptyState>
    </main>
  )
}
