import { useMutation } from "@tanstack/react-query"
import { Braces, Sheet } from "lucide-react"
import { toast } from "sonner"
import { LoadingButton } from "@/components/ui/loading-button"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import { saveFile } from "@/engine/lib/save-file"
import { runsInShell } from "@/engine/shell"

const FORMATS = [
  { format: "json", label: "Export JSON", icon: Braces },
  { format: "csv", label: "Export CSV", icon: Sheet },
] as const

export type ExportFormat = (typeof FORMATS)[number]["format"]

interface ExportSectionProps {
  description: string
  /** Plural of the exported entity: "items". Also the start of the file's name. */
  entities: string
  exportFile: (format: ExportFormat) => Promise<Blob>
}

/** Settings section with file export as JSON or CSV. */
export function ExportSection({ description, entities, exportFile }: ExportSectionProps) {
  const { mutate, isPending, variables } = useMutation({
    mutationFn: exportFile,
    onSuccess: (content, format) => {
      const date = new Date().toISOString().slice(0, 10)
      saveFile(content, `${entities}-${date}.${format}`)
      // The shell reports where the file was saved.
      if (!runsInShell()) {
        toast.success("Export completed", {
          description: "The file is in your downloads folder.",
        })
      }
    },
    onError: (error) =>
      toast.error(`The ${entities} could not be exported`, { description: errorMessage(error) }),
  })

  return (
    <SettingsSection title="Export" description={description}>
      <div className="flex flex-wrap gap-2">
        {FORMATS.map(({ format, label, icon: Icon }) => (
          <LoadingButton
            key={format}
            variant="outline"
            pending={isPending && variables === format}
            disabled={isPending}
            onClick={() => mutate(format)}
          >
            <Icon aria-hidden />
            {label}
          </LoadingButton>
        ))}
      </div>
    </SettingsSection>
  )
}
