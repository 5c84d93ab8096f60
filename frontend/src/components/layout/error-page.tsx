import { useQueryErrorResetBoundary } from "@tanstack/react-query"
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router"
import { isAxiosError } from "axios"
import { TriangleAlert } from "lucide-react"
import { useEffect } from "react"
import { Button } from "@/components/ui/button"
import { EmptyState } from "@/components/ui/empty-state"
import { errorMessage, LeaveServerButton, server, useStore } from "@/engine"

/** For what no component expected, and for loaders whose request failed. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const queryErrors = useQueryErrorResetBoundary()
  const url = useStore(server)
  useEffect(() => queryErrors.reset(), [queryErrors])

  function tryAgain() {
    // A page's code that could not be fetched stays missing until everything is loaded anew.
    if (!isAxiosError(error)) return window.location.reload()
    reset()
    void router.invalidate()
  }

  return (
    <main className="flex h-full items-center justify-center">
      <EmptyState
        heading="h1"
        icon={TriangleAlert}
        title="This page could not be shown"
        text={errorMessage(error)}
        role="alert"
      >
        <div className="flex flex-wrap justify-center gap-2">
          <Button onClick={tryAgain}>Try again</Button>
          {url && <LeaveServerButton variant="outline" />}
        </div>
        {url && <p className="mt-3 break-all text-muted-foreground text-xs">On the server {url}</p>}
      </EmptyState>
    </main>
  )
}
