import { ConfirmDialog } from "@/engine"

interface TurnOffAuthDialogProps {
  onConfirm: () => void
  onClose: () => void
}

export function TurnOffAuthDialog({ onConfirm, onClose }: TurnOffAuthDialogProps) {
  return (
    <ConfirmDialog
      title="Turn authentication off?"
      text="After a restart, whoever opens the app is the owner, without a password. Other accounts and their items are kept for when it is turned on again."
      action="Turn off"
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}
