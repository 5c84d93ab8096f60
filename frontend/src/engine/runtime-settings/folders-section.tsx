import { FolderOpen, ScrollText } from "lucide-react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import { openDataDir, openLogs } from "@/engine/shell"

const openFolder = (open: () => Promise<void>) =>
  open().catch((error: unknown) =>
    toast.error("The folder could not be opened", { description: errorMessage(error) }),
  )

export function FoldersSection() {
  return (
    <SettingsSection title="Folders" description="The folders with the database, backups and logs.">
      <div className="flex flex-wrap gap-2">
        <Button variant="outline" onClick={() => openFolder(openDataDir)}>
          <FolderOpen aria-hidden />
          Open data folder
        </Button>
        <Button variant="outline" onClick={() => openFolder(openLogs)}>
          <ScrollText aria-hidden />
          Open logs
        </Button>
      </div>
    </SettingsSection>
  )
}
