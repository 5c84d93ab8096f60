import { zodResolver } from "@hookform/resolvers/zod"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { toast } from "sonner"
import { object } from "zod/mini"
import { usersUpdateUserMe } from "@/client/sdk.gen"
import type { UserPublic, UserUpdateMe } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, showSubmitError, useAppForm } from "@/engine"
import { EmailField, FullNameField } from "@/features/users/account-fields"
import { currentUserQuery } from "@/features/users/current-user"
import { emailField, fullNameField } from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(object({ full_name: fullNameField, email: emailField }), {
  error: fieldMessage,
})

interface ProfileFormProps {
  user: UserPublic
  /** Called after an edit, saved or not. */
  onDone: () => void
}

/** Shows the profile, and changes it after Edit. */
export function ProfileForm({ user, onDone }: ProfileFormProps) {
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: async (body: UserUpdateMe) => (await usersUpdateUserMe({ body })).data,
    onSuccess: (changed) => queryClient.setQueryData(currentUserQuery.queryKey, changed),
  })
  const [editing, setEditing] = useState(false)
  const { register, handleSubmit, setFocus, setError, formState } = useAppForm({
    resolver,
    defaultValues: { full_name: user.full_name ?? "", email: user.email },
  })
  const { errors, isSubmitting, isDirty } = formState
  useEffect(() => {
    if (editing) setFocus("full_name")
  }, [editing, setFocus])

  const submit = handleSubmit(async (body) => {
    try {
      await save.mutateAsync(body)
      toast.success("User updated successfully")
      onDone()
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid max-w-2xl gap-5">
      {editing ? (
        <>
          <div className="grid items-start gap-5 sm:grid-cols-2">
            <FullNameField field={register("full_name")} error={errors.full_name?.message} />
            <EmailField
              field={register("email")}
              error={errors.email?.message}
              autoComplete="email"
            />
          </div>
          <FormError>{errors.root?.message}</FormError>
          <div className="flex gap-2">
            <LoadingButton type="submit" pending={isSubmitting} disabled={!isDirty}>
              Save
            </LoadingButton>
            <Button variant="outline" disabled={isSubmitting} onClick={onDone}>
              Cancel
            </Button>
          </div>
        </>
      ) : (
        <>
          <dl className="grid gap-5 sm:grid-cols-2">
            <Detail label="Full name" value={user.full_name || "—"} />
            <Detail label="Email" value={user.email} />
          </dl>
          <Button variant="outline" className="w-fit" onClick={() => setEditing(true)}>
            Edit
          </Button>
        </>
      )}
    </form>
  )
}

function Detail({ label, value }: { label: string; value: string }) {
  return (
    <div className="grid min-w-0 content-start gap-1">
      <dt className="font-medium text-muted-foreground text-sm">{label}</dt>
      <dd dir="auto" className="break-words text-left text-sm">
        {value}
      </dd>
    </div>
  )
}
