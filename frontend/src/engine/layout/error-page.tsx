import { useQueryErrorResetBoundary } from "@tanstack/react-query"
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router"
import { isAxiosError } from "axios"
import { TriangleAlert } from "lucide-react"
import { useEffect } from "react"
import { Button } from "@/components/ui/button"
import { EmptyState } from "@/engine/components/empty-state"
import { serverUrl } from "@/engine/connection/connection"
import { errorMessage } from "@/engine/connection/errors"
import { useStore } from "@/engine/lib/store"
import { LeaveServerButton } from "@/engine/server/leave-server-button"

/** The router's error page, for failed loaders and errors thrown by components. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const queryErrors = useQueryErrorResetBoundary()
  const url = useStore(serverUrl)
  useEffect(() => queryErrors.reset(), [queryErrors])

  function tryAgain() {
    // Some browsers cache a failed dynamic import: a reload repeats it in all of them.
    if (!isAxiosError(error)) return window.location.reload()
    reset()
    void router.invalidate()
  }

  return (
    <main className="flex h-full items-center justify-center">
      <EmptyState
        heading="h1"
        icon={TriangleAlert}
        title="This page could not be loaded"
        description={errorMessage(error)}
        role="alert"
      >
        <div className="flex flex-wrap justify-center gap-2">
          <Button onClick={tryAgain}>Try again</Button>
          {url && <LeaveServerButton variant="outline" />}
        </div>
        {url && <p className="mt-3 break-all text-muted-foreground text-xs">Server: {url}</p>}
      </EmptyState>
    </main>
  )
}
