import { zodResolver } from "@hookform/resolvers/zod"
import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useEffect } from "react"
import { useForm } from "react-hook-form"
import { toast } from "sonner"
import { object } from "zod/mini"
import { usersUpdateUserMe } from "@/client/sdk.gen"
import type { UserPublic, UserUpdateMe } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { FormError } from "@/components/ui/form-error"
import { LoadingButton } from "@/components/ui/loading-button"
import { EmailField, FullNameField } from "@/features/users/account-fields"
import { currentUserQuery } from "@/features/users/current-user"
import { emailField, fullNameField } from "@/features/users/user-fields"
import { showRefusal } from "@/lib/form-refusal"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(object({ full_name: fullNameField, email: emailField }), {
  error: fieldMessage,
})

interface ProfileFormProps {
  user: UserPublic
  onClose: () => void
}

export function ProfileForm({ user, onClose }: ProfileFormProps) {
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: async (body: UserUpdateMe) => (await usersUpdateUserMe({ body })).data,
    onSuccess: (changed) => queryClient.setQueryData(currentUserQuery.queryKey, changed),
  })
  const { register, handleSubmit, setFocus, setError, formState } = useForm({
    resolver,
    defaultValues: { full_name: user.full_name ?? "", email: user.email },
  })
  const { errors, isSubmitting, isDirty } = formState
  useEffect(() => setFocus("full_name"), [setFocus])

  const submit = handleSubmit(async (body) => {
    try {
      await save.mutateAsync(body)
      toast.success("User updated successfully")
      onClose()
    } catch (error) {
      showRefusal(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid max-w-md gap-5">
      <FullNameField field={register("full_name")} error={errors.full_name?.message} />
      <EmailField field={register("email")} error={errors.email?.message} autoComplete="email" />
      <FormError>{errors.root?.message}</FormError>
      <div className="flex gap-2">
        <LoadingButton type="submit" pending={isSubmitting} disabled={!isDirty}>
          Save
        </LoadingButton>
        <Button variant="outline" disabled={isSubmitting} onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
