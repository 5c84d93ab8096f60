import { useQuery } from "@tanstack/react-query"
import { Check, Copy } from "lucide-react"
import type { ReactNode } from "react"
import { Button } from "@/components/ui/button"
import { Skeleton } from "@/components/ui/skeleton"
import { diagnosticsReport } from "@/engine/about/diagnostics-report"
import { diagnosticsQuery } from "@/engine/about/queries"
import { RuntimeOrigin } from "@/engine/about/runtime-origin"
import { LoadError } from "@/engine/components/load-error"
import { SettingsSection } from "@/engine/components/settings-section"
import { useCopyToClipboard } from "@/engine/lib/use-copy-to-clipboard"

/** Diagnostics that a problem report should include. For superusers only. */
export function AboutDetails() {
  const { data, error, isFetching, refetch } = useQuery(diagnosticsQuery)
  const { copied, copy } = useCopyToClipboard()
  const rows: [string, ReactNode][] = data
    ? [
        ["Backend", data.version],
        ["Python", data.python],
        ["Database", data.database],
        ["Schema revision", data.schema_revision],
        ["System", data.platform],
        ["Runtime", <RuntimeOrigin key="runtime" origin={data.runtime} />],
        ["Data folder", <code key="data">{data.data_dir}</code>],
        ["Code digest", <code key="code">{data.code_digest}</code>],
      ]
    : []

  return (
    <SettingsSection
      title="Details"
      description="Include these details when you report a problem."
      action={
        <Button
          variant="outline"
          disabled={!data}
          onClick={() => data && copy(diagnosticsReport(data))}
        >
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          {copied ? "Copied" : "Copy diagnostics"}
        </Button>
      }
    >
      {!data && error && (
        <LoadError
          title="The details could not be loaded"
          error={error}
          retrying={isFetching}
          onRetry={() => refetch()}
        />
      )}
      {!data && !error && (
        <div role="status" aria-label="Loading details">
          <Skeleton className="h-52" />
        </div>
      )}
      {data && (
        <dl className="divide-y text-sm">
          {rows.map(([name, value]) => (
            <div key={name} className="grid gap-x-6 gap-y-1 py-2.5 sm:grid-cols-[9rem_1fr]">
              <dt className="text-muted-foreground">{name}</dt>
              <dd className="min-w-0 break-words [&_code]:font-mono [&_code]:text-xs">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </SettingsSection>
  )
}
