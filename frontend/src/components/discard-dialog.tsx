import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"

interface DiscardDialogProps {
  onKeep: () => void
  onDiscard: () => void
}

/** A default export, for React.lazy. */
export default function DiscardDialog({ onKeep, onDiscard }: DiscardDialogProps) {
  return (
    <AlertDialog open onOpenChange={(open) => !open && onKeep()}>
      <AlertDialogContent>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>Discard what you typed?</AlertDialogTitle>
          <AlertDialogDescription>It has not been saved.</AlertDialogDescription>
        </DialogHeader>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline">Keep editing</Button>
          </AlertDialogCancel>
          <Button variant="destructive" onClick={onDiscard}>
            Discard
          </Button>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
