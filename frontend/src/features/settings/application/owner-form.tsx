import { zodResolver } from "@hookform/resolvers/zod"
import { useEffect } from "react"
import { object } from "zod/mini"
import type { Owner } from "@/client/types.gen"
import { zOwner } from "@/client/zod.gen"
import {
  DialogFormFooter,
  FormError,
  showSubmitError,
  useAppForm,
  useUnsavedChanges,
} from "@/engine"
import { EmailField, FullNameField, PasswordField } from "@/features/users/account-fields"
import {
  confirmPasswordField,
  emailField,
  fullNameField,
  typedTwice,
} from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    email: emailField,
    full_name: fullNameField,
    password: zOwner.shape.password,
    confirm_password: confirmPasswordField,
  }).check(typedTwice("password")),
  { error: fieldMessage },
)

interface OwnerFormProps {
  /** If this rejects, the form keeps what was typed. */
  onSave: (owner: Owner) => Promise<unknown>
  onUnsaved: (unsaved: boolean) => void
}

export function OwnerForm({ onSave, onUnsaved }: OwnerFormProps) {
  const { register, handleSubmit, setError, setFocus, formState } = useAppForm({
    resolver,
    defaultValues: { email: "", full_name: "", password: "", confirm_password: "" },
  })
  const { errors, isDirty, isSubmitting } = formState
  useEffect(() => setFocus("email"), [setFocus])
  useUnsavedChanges(onUnsaved, { isDirty, isSubmitting })

  const submit = handleSubmit(async ({ confirm_password, ...owner }) => {
    try {
      await onSave(owner)
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <EmailField field={register("email")} error={errors.email?.message} />
      <FullNameField field={register("full_name")} error={errors.full_name?.message} />
      <PasswordField
        label="Password"
        field={register("password")}
        error={errors.password?.message}
      />
      <PasswordField
        label="Confirm Password"
        field={register("confirm_password")}
        error={errors.confirm_password?.message}
      />
      <FormError>{errors.root?.message}</FormError>
      <DialogFormFooter saving={isSubmitting}>Turn on</DialogFormFooter>
    </form>
  )
}
