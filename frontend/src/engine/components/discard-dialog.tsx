import { ConfirmDialog } from "@/engine/components/confirm-dialog"

interface DiscardDialogProps {
  onKeep: () => void
  onDiscard: () => void
}

/** A default export, for React.lazy. */
export default function DiscardDialog({ onKeep, onDiscard }: DiscardDialogProps) {
  return (
    <ConfirmDialog
      title="Discard what you typed?"
      text="It has not been saved."
      action="Discard"
      cancel="Keep editing"
      onConfirm={onDiscard}
      onClose={onKeep}
    />
  )
}
