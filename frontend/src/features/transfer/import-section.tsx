import { Upload } from "lucide-react"
import { useRef } from "react"
import { LoadingButton } from "@/components/ui/loading-button"
import { formatCount, SettingsSection } from "@/engine"
import { importError } from "@/features/transfer/import-error"
import { useImportItems } from "@/features/transfer/mutations"

export function ImportSection() {
  const input = useRef<HTMLInputElement>(null)
  const { mutate, isPending, data, error } = useImportItems()

  return (
    <SettingsSection
      title="Import"
      text="Reads JSON and CSV files, such as Export writes. A CSV file needs a column “title”. Items that you already have are replaced, so importing a file twice changes nothing. If a row can't be read, nothing is imported."
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <LoadingButton variant="outline" pending={isPending} onClick={() => input.current?.click()}>
          <Upload aria-hidden />
          Import file
        </LoadingButton>
        <input
          ref={input}
          type="file"
          accept=".json,.jsonl,.ndjson,.csv,.tsv,.txt,application/json,text/csv,text/plain"
          aria-label="File to import"
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file) mutate(file)
            event.target.value = "" // the same file may be chosen again
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
              Nothing was imported. {importError(error)}
            </p>
          )}
        </div>
      </div>
    </SettingsSection>
  )
}
