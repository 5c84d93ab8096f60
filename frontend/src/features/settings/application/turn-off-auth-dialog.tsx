import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"

interface TurnOffAuthDialogProps {
  onConfirm: () => void
  onClose: () => void
}

export function TurnOffAuthDialog({ onConfirm, onClose }: TurnOffAuthDialogProps) {
  return (
    <AlertDialog open onOpenChange={(open) => !open && onClose()}>
      <AlertDialogContent>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>Turn authentication off?</AlertDialogTitle>
          <AlertDialogDescription>
            After a restart, whoever opens the app is the owner, without a password. Other accounts
            and their items are kept for when it is turned on again.
          </AlertDialogDescription>
        </DialogHeader>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline">Cancel</Button>
          </AlertDialogCancel>
          <Button variant="destructive" onClick={onConfirm}>
            Turn off
          </Button>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
