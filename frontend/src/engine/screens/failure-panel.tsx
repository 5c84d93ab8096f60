import { Check, Copy, FolderOpen, Power, RotateCw, TriangleAlert } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"
import { LoadingButton } from "@/components/ui/loading-button"
import { retry, retryOnAnotherPort } from "@/engine/connection/connection"
import { errorMessage } from "@/engine/connection/errors"
import { useCopy } from "@/engine/lib/use-copy"
import { BackupHint } from "@/engine/screens/backup-hint"
import { FailureHeading } from "@/engine/screens/failure-heading"
import { failureReport } from "@/engine/screens/failure-report"
import { type BackendFailure, openLogs, quit } from "@/engine/shell"

const DATABASE_CODES = new Set(["database_unusable", "database_newer", "migration_failed"])

/** What went wrong is said last. */
const showEnd = (box: HTMLPreElement | null) => {
  if (box) box.scrollTop = box.scrollHeight
}

interface FailurePanelProps {
  failure: BackendFailure
  status: "failed" | "given_up"
  title: string
}

/** Why there is no backend, and the ways on. The same whether it never started or died later. */
export default function FailurePanel({ failure, status, title }: FailurePanelProps) {
  const { copied, copy } = useCopy()
  const [retrying, setRetrying] = useState(false)

  const run = (start: () => Promise<void>) => async () => {
    setRetrying(true)
    await start()
    setRetrying(false)
  }

  const attempt = (action: () => Promise<void>) => () =>
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
            ref={showEnd}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable box must be reachable by keyboard.
            tabIndex={0}
            className="max-h-56 overflow-auto rounded-lg border bg-muted p-3 font-mono text-xs leading-relaxed"
          >
            {failure.log_tail.join("\n")}
          </pre>
        </section>
      )}
      {(status === "given_up" || DATABASE_CODES.has(failure.code)) && <BackupHint />}
      <div className="flex flex-wrap gap-2">
        {failure.code === "port_taken" && (
          <Button disabled={retrying} onClick={run(retryOnAnotherPort)}>
            Use another port
          </Button>
        )}
        <LoadingButton pending={retrying} onClick={run(retry)}>
          {!retrying && <RotateCw aria-hidden />}
          Retry
        </LoadingButton>
        <Button variant="outline" onClick={attempt(openLogs)}>
          <FolderOpen aria-hidden />
          Open logs
        </Button>
        <Button variant="outline" onClick={() => copy(failureReport(failure))}>
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          {copied ? "Copied" : "Copy report"}
        </Button>
        <Button variant="ghost" className="sm:ml-auto" onClick={attempt(quit)}>
          <Power aria-hidden />
          Quit
        </Button>
      </div>
    </div>
  )
}
