import { ConfirmDialog } from "@/engine"

interface TurnOffAuthDialogProps {
  onConfirm: () => void
  onClose: () => void
}

export function TurnOffAuthDialog({ onConfirm, onClose }: TurnOffAuthDialogProps) {
  return (
    <ConfirmDialog
      title="Turn off authentication?"
      description="After the next restart of the backend, the app opens with the first superuser's account, without a login. Other accounts and their items are not deleted."
      confirmLabel="Turn off"
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}
