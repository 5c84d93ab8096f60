import { Braces, Sheet } from "lucide-react"
import { toast } from "sonner"
import type { FileFormat } from "@/client/types.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorMessage, runsInShell, SettingsSection, saveFile } from "@/engine"
import { useExportItems } from "@/features/transfer/mutations"

const formats = [
  { format: "json", label: "Export JSON", icon: Braces },
  { format: "csv", label: "Export CSV", icon: Sheet },
] as const

export function ExportSection() {
  const { mutate, isPending, variables } = useExportItems()

  const save = (format: FileFormat) =>
    mutate(format, {
      onSuccess: (content) => {
        const day = new Date().toISOString().slice(0, 10)
        saveFile(content, `items-${day}.${format}`)
        // The window tells by itself whether the file could be saved, and where.
        if (!runsInShell()) {
          toast.success("Items exported", { description: "The file is in your downloads." })
        }
      },
      onError: (error) =>
        toast.error("The items were not exported", { description: errorMessage(error) }),
    })

  return (
    <SettingsSection
      title="Export"
      text="All your own items as one file: JSON for programs, CSV for spreadsheets."
    >
      <div className="flex flex-wrap gap-2">
        {formats.map(({ format, label, icon: Icon }) => (
          <LoadingButton
            key={format}
            variant="outline"
            pending={isPending && variables === format}
            disabled={isPending}
            onClick={() => save(format)}
          >
            <Icon aria-hidden />
            {label}
          </LoadingButton>
        ))}
      </div>
    </SettingsSection>
  )
}
