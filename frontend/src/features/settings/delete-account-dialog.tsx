import { useMutation } from "@tanstack/react-query"
import { toast } from "sonner"
import { usersDeleteUserMe } from "@/client/sdk.gen"
import { ConfirmDialog, errorMessage } from "@/engine"
import { useLogOut } from "@/features/auth/use-log-out"

interface DeleteAccountDialogProps {
  email: string
  onClose: () => void
}

export function DeleteAccountDialog({ email, onClose }: DeleteAccountDialogProps) {
  const logOut = useLogOut()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => usersDeleteUserMe(),
    onSuccess: async () => {
      await logOut()
      toast.success("Your account has been successfully deleted")
    },
  })

  return (
    <ConfirmDialog
      title="Delete your account?"
      description={
        <>
          <bdi>{email}</bdi> and all its items will be permanently deleted. This can't be undone.
        </>
      }
      confirmLabel="Delete"
      pending={isPending}
      error={error ? errorMessage(error) : undefined}
      onConfirm={mutate}
      onClose={onClose}
    />
  )
}
