import { toast } from "sonner"
import type { BackupPublic } from "@/client/types.gen"
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"
import { LoadingButton } from "@/components/ui/loading-button"
import { useRestoreBackup } from "@/features/backups/queries"
import { errorMessage } from "@/lib/errors"
import { formatDateTime } from "@/lib/format"

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
    <AlertDialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <AlertDialogContent>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>Restore this backup?</AlertDialogTitle>
          <AlertDialogDescription>
            All items and accounts become what they were on {formatDateTime(backup.created_at)}.
            What is there now is kept as a backup first.
          </AlertDialogDescription>
        </DialogHeader>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline" disabled={isPending}>
              Cancel
            </Button>
          </AlertDialogCancel>
          <LoadingButton variant="destructive" pending={isPending} onClick={onRestore}>
            Restore
          </LoadingButton>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
