import { useMutation } from "@tanstack/react-query"
import { toast } from "sonner"
import { usersDeleteUserMe } from "@/client/sdk.gen"
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogTitle,
} from "@/components/ui/alert-dialog"
import { Button } from "@/components/ui/button"
import { DialogFooter, DialogHeader } from "@/components/ui/dialog"
import { FormError } from "@/components/ui/form-error"
import { LoadingButton } from "@/components/ui/loading-button"
import { useLogOut } from "@/features/auth/use-log-out"
import { errorMessage } from "@/lib/errors"

interface DeleteAccountDialogProps {
  email: string
  onClose: () => void
}

export function DeleteAccountDialog({ email, onClose }: DeleteAccountDialogProps) {
  const logOut = useLogOut()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => usersDeleteUserMe(),
    onSuccess: () => {
      toast.success("Your account was deleted")
      return logOut()
    },
  })

  return (
    <AlertDialog open onOpenChange={(open) => !open && !isPending && onClose()}>
      <AlertDialogContent>
        <DialogHeader className="pr-0">
          <AlertDialogTitle>Delete your account?</AlertDialogTitle>
          <AlertDialogDescription className="break-words">
            {email} and all of its items will be deleted for good. This can't be undone.
          </AlertDialogDescription>
        </DialogHeader>
        <FormError>{error ? errorMessage(error) : undefined}</FormError>
        <DialogFooter>
          <AlertDialogCancel asChild>
            <Button variant="outline" disabled={isPending}>
              Cancel
            </Button>
          </AlertDialogCancel>
          <LoadingButton variant="destructive" pending={isPending} onClick={() => mutate()}>
            Delete
          </LoadingButton>
        </DialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  )
}
