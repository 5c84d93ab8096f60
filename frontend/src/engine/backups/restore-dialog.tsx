import { toast } from "sonner"
import type { BackupPublic } from "@/client/types.gen"
import { useRestoreBackup } from "@/engine/backups/queries"
import { ConfirmDialog } from "@/engine/components/confirm-dialog"
import { errorMessage } from "@/engine/connection/errors"
import { formatDateTime } from "@/engine/lib/format"

interface RestoreDialogProps {
  backup: BackupPublic
  onClose: () => void
}

export function RestoreDialog({ backup, onClose }: RestoreDialogProps) {
  const { mutate, isPending } = useRestoreBackup()

  function onRestore() {
    mutate(backup.name, {
      onSuccess: (restored) => {
        const backedUp = restored.previous_database_backup !== null
        toast.success("Backup restored", {
          description: backedUp
            ? "The previous data was backed up first."
            : "The previous data could not be read, so it was not backed up.",
        })
        onClose()
      },
      onError: (error) =>
        toast.error("The backup could not be restored", { description: errorMessage(error) }),
    })
  }

  return (
    <ConfirmDialog
      title="Restore this backup?"
      description={`All data, including accounts, is replaced by the backup of ${formatDateTime(backup.created_at)}. The current data is backed up first.`}
      confirmLabel="Restore"
      pending={isPending}
      onConfirm={onRestore}
      onClose={onClose}
    />
  )
}
