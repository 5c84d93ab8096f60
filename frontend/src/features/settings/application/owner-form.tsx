import { zodResolver } from "@hookform/resolvers/zod"
import { object } from "zod/mini"
import type { Owner } from "@/client/types.gen"
import { zOwner } from "@/client/zod.gen"
import { DialogFormFooter, FormError, useAppForm } from "@/engine"
import { EmailField, FullNameField, NewPasswordFields } from "@/features/users/account-fields"
import {
  confirmPasswordField,
  emailField,
  fullNameField,
  passwordsMatch,
} from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    email: emailField,
    full_name: fullNameField,
    password: zOwner.shape.password,
    confirm_password: confirmPasswordField,
  }).check(passwordsMatch("password")),
  { error: fieldMessage },
)

interface OwnerFormProps {
  /** If this rejects, the form shows the error and stays open. */
  onSave: (owner: Owner) => Promise<unknown>
  onUnsaved: (unsaved: boolean) => void
}

export function OwnerForm({ onSave, onUnsaved }: OwnerFormProps) {
  const { bind, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { email: "", full_name: "", password: "", confirm_password: "" },
    autoFocus: "email",
    onUnsaved,
    errorFields: { email_taken: "email" },
  })
  const submit = submitHandler(({ confirm_password, ...owner }) => onSave(owner))

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <EmailField {...bind("email")} />
      <FullNameField {...bind("full_name")} />
      <NewPasswordFields
        label="Password"
        {...bind("password")}
        confirm={bind("confirm_password")}
      />
      <FormError>{formError}</FormError>
      <DialogFormFooter saving={formState.isSubmitting}>Turn on</DialogFormFooter>
    </form>
  )
}
