import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query"
import { Upload } from "lucide-react"
import { useRef } from "react"
import { LoadingButton } from "@/components/ui/loading-button"
import { SettingsSection } from "@/engine/components/settings-section"
import { formatCount } from "@/engine/lib/format"
import { importErrorMessage } from "@/engine/transfer/import-error"

const ACCEPT = ".json,.jsonl,.ndjson,.csv,.tsv,.txt,application/json,text/csv,text/plain"

interface ImportSectionProps {
  description: string
  /** Key of the queries that the import changes. */
  queryKey: QueryKey
  importFile: (file: File) => Promise<{ created: number; updated: number }>
}

/** Settings section with file import. Shows the result or the errors. */
export function ImportSection({ description, queryKey, importFile }: ImportSectionProps) {
  const input = useRef<HTMLInputElement>(null)
  const queryClient = useQueryClient()
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: importFile,
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  })

  return (
    <SettingsSection title="Import" description={description}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <LoadingButton variant="outline" pending={isPending} onClick={() => input.current?.click()}>
          <Upload aria-hidden />
          Import file
        </LoadingButton>
        <input
          ref={input}
          type="file"
          accept={ACCEPT}
          aria-label="File to import"
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file) mutate(file)
            event.target.value = "" // choosing the same file again must fire a change event
          }}
        />
        <div aria-live="polite" className="min-w-0 text-sm">
          {data && (
            <p>
              {formatCount(data.created)} added, {formatCount(data.updated)} replaced.
            </p>
          )}
          {error && (
            <p className="whitespace-pre-line break-words text-danger-text">
              {importErrorMessage(error)}
            </p>
          )}
        </div>
      </div>
    </SettingsSection>
  )
}
