import { ConfirmDialog } from "@/engine"

interface TurnOffAuthDialogProps {
  onConfirm: () => void
  onClose: () => void
}

export function TurnOffAuthDialog({ onConfirm, onClose }: TurnOffAuthDialogProps) {
  return (
    <ConfirmDialog
      title="Turn off authentication?"
      text="After the next restart of the backend, the app opens as the owner without a password. Other accounts and their items are not deleted."
      action="Turn off"
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}
