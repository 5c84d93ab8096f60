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
      onSuccess: ({ kept_as }) => {
        toast.success("Backup restored", {
          description: kept_as
            ? "What it replaced is in the list of backups."
            : "What it replaced could not be read, so it was not kept.",
        })
        onClose()
      },
      onError: (error) => toast.error("Nothing was restored", { description: errorMessage(error) }),
    })
  }

  return (
    <ConfirmDialog
      title="Restore this backup?"
      text={`All items and accounts become what they were on ${formatDateTime(backup.created_at)}. What is there now is kept as a backup first.`}
      action="Restore"
      pending={isPending}
      onConfirm={onRestore}
      onClose={onClose}
    />
  )
}
