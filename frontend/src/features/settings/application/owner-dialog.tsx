import { toast } from "sonner"
import { Dialog } from "@/components/ui/dialog"
import { FormDialogContent, useUpdateSettings } from "@/engine"
import { OwnerForm } from "@/features/settings/application/owner-form"

interface OwnerDialogProps {
  onClose: () => void
  onCloseAutoFocus: (event: Event) => void
}

/** Makes the account without which nobody could log in. A default export, for React.lazy. */
export default function OwnerDialog({ onClose, onCloseAutoFocus }: OwnerDialogProps) {
  const { mutateAsync, isPending } = useUpdateSettings()
  return (
    <Dialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <FormDialogContent
        title="Turn authentication on"
        description="Everything stored so far will belong to this account, which can also manage the others."
        onClose={onClose}
        onCloseAutoFocus={onCloseAutoFocus}
      >
        {(onUnsaved) => (
          <OwnerForm
            onUnsaved={onUnsaved}
            onSave={async (owner) => {
              await mutateAsync({ AUTH_REQUIRED: true, owner })
              toast.success("The account is ready", {
                description: "You will be asked to log in after a restart of the backend.",
              })
              onClose()
            }}
          />
        )}
      </FormDialogContent>
    </Dialog>
  )
}
