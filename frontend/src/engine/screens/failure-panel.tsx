import { Check, Copy, FolderOpen, Power, RotateCw, TriangleAlert } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"
import { LoadingButton } from "@/components/ui/loading-button"
import { retry, retryOnAnotherPort } from "@/engine/connection/connection"
import { errorMessage } from "@/engine/connection/errors"
import { useCopyToClipboard } from "@/engine/lib/use-copy-to-clipboard"
import { FailureHeading } from "@/engine/screens/failure-heading"
import { failureReport } from "@/engine/screens/failure-report"
import { RestoreInstructions } from "@/engine/screens/restore-instructions"
import { type BackendFailure, openLogs, quit } from "@/engine/shell"

const DATABASE_CODES = new Set(["database_unusable", "database_newer", "migration_failed"])

/** The last lines have the cause. */
const scrollToEnd = (element: HTMLPreElement | null) => {
  if (element) element.scrollTop = element.scrollHeight
}

interface FailurePanelProps {
  failure: BackendFailure
  status: "failed" | "restart_failed"
  title: string
}

/** Why the backend is not running, with the last log lines and the user's actions. */
export default function FailurePanel({ failure, status, title }: FailurePanelProps) {
  const { copied, copy } = useCopyToClipboard()
  const [retrying, setRetrying] = useState(false)

  const retryWith = (start: () => Promise<void>) => async () => {
    setRetrying(true)
    await start()
    setRetrying(false)
  }

  const withErrorToast = (action: () => Promise<void>) => () =>
    action().catch((error: unknown) => toast.error(errorMessage(error)))

  return (
    <div className="grid min-w-0 gap-5">
      <FailureHeading
        icon={TriangleAlert}
        title={title}
        message={failure.message}
        code={failure.code}
      />
      {failure.log_tail.length > 0 && (
        <section aria-label="Last log lines" className="min-w-0">
          <pre
            ref={scrollToEnd}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
            tabIndex={0}
            className="max-h-56 overflow-auto rounded-lg border bg-muted p-3 font-mono text-xs leading-relaxed"
          >
            {failure.log_tail.join("\n")}
          </pre>
        </section>
      )}
      {(status === "restart_failed" || DATABASE_CODES.has(failure.code)) && <RestoreInstructions />}
      <div className="flex flex-wrap gap-2">
        {failure.code === "port_taken" && (
          <Button disabled={retrying} onClick={retryWith(retryOnAnotherPort)}>
            Use another port
          </Button>
        )}
        <LoadingButton pending={retrying} onClick={retryWith(retry)}>
          {!retrying && <RotateCw aria-hidden />}
          Try again
        </LoadingButton>
        <Button variant="outline" onClick={withErrorToast(openLogs)}>
          <FolderOpen aria-hidden />
          Open logs
        </Button>
        <Button variant="outline" onClick={() => copy(failureReport(failure))}>
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          {copied ? "Copied" : "Copy report"}
        </Button>
        <Button variant="ghost" className="sm:ml-auto" onClick={withErrorToast(quit)}>
          <Power aria-hidden />
          Quit
        </Button>
      </div>
    </div>
  )
}
