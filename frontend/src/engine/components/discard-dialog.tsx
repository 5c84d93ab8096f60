import { ConfirmDialog } from "@/engine/components/confirm-dialog"

interface DiscardDialogProps {
  onKeepEditing: () => void
  onDiscard: () => void
}

/** Asks before unsaved changes are discarded. A default export for React.lazy. */
export default function DiscardDialog({ onKeepEditing, onDiscard }: DiscardDialogProps) {
  return (
    <ConfirmDialog
      title="Discard unsaved changes?"
      description="Your changes have not been saved."
      confirmLabel="Discard"
      cancelLabel="Keep editing"
      onConfirm={onDiscard}
      onClose={onKeepEditing}
    />
  )
}
