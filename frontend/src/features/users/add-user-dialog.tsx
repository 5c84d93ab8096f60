import { Plus } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"
import { Dialog, DialogTrigger } from "@/components/ui/dialog"
import { useCreateUser } from "@/features/users/queries"
import { preloadUserForm, UserFormDialog } from "@/features/users/user-form-dialog"

/** The Add User button and its dialog. */
export function AddUserDialog() {
  const [open, setOpen] = useState(false)
  const { mutateAsync, isPending } = useCreateUser()

  return (
    <Dialog open={open} onOpenChange={(next) => !isPending && setOpen(next)}>
      <DialogTrigger asChild>
        <Button onPointerEnter={preloadUserForm} onFocus={preloadUserForm}>
          <Plus aria-hidden />
          Add User
        </Button>
      </DialogTrigger>
      <UserFormDialog
        title="Add User"
        description="Fill in the form below to add a new user to the system."
        onClose={() => setOpen(false)}
        onSave={async ({ password = "", ...user }) => {
          await mutateAsync({ ...user, password })
          toast.success("User created successfully")
          setOpen(false)
        }}
      />
    </Dialog>
  )
}
