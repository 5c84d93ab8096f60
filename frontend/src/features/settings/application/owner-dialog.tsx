import { toast } from "sonner"
import { Dialog } from "@/components/ui/dialog"
import { FormDialogContent, useUpdateSettings } from "@/engine"
import { OwnerForm } from "@/features/settings/application/owner-form"

interface OwnerDialogProps {
  onClose: () => void
  onCloseAutoFocus: (event: Event) => void
}

/** Sets email and password of the default user, and turns authentication on. Default export for React.lazy. */
export default function OwnerDialog({ onClose, onCloseAutoFocus }: OwnerDialogProps) {
  const { mutateAsync, isPending } = useUpdateSettings()
  return (
    <Dialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <FormDialogContent
        title="Turn on authentication"
        description="Create the superuser account. It will own all data that was created without a login."
        onClose={onClose}
        onCloseAutoFocus={onCloseAutoFocus}
      >
        {(onDirtyChange) => (
          <OwnerForm
            onDirtyChange={onDirtyChange}
            onSave={async (owner) => {
              await mutateAsync({ AUTH_REQUIRED: true, owner })
              toast.success("Account created successfully", {
                description: "Login is required after the next restart of the backend.",
              })
              onClose()
            }}
          />
        )}
      </FormDialogContent>
    </Dialog>
  )
}
