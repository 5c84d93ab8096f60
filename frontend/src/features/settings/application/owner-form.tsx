import { zodResolver } from "@hookform/resolvers/zod"
import { object } from "zod/mini"
import type { Owner } from "@/client/types.gen"
import { zOwner } from "@/client/zod.gen"
import { DialogFormFooter, FormError, useAppForm } from "@/engine"
import { EmailField, FullNameField, NewPasswordFields } from "@/features/users/account-fields"
import {
  confirmPasswordSchema,
  emailSchema,
  fullNameSchema,
  passwordsMatch,
} from "@/features/users/account-schemas"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({
    email: emailSchema,
    full_name: fullNameSchema,
    password: zOwner.shape.password,
    confirm_password: confirmPasswordSchema,
  }).check(passwordsMatch("password")),
  { error: errorMap },
)

interface OwnerFormProps {
  /** If this rejects, the form shows the error and stays open. */
  onSave: (owner: Owner) => Promise<unknown>
  onDirtyChange: (dirty: boolean) => void
}

export function OwnerForm({ onSave, onDirtyChange }: OwnerFormProps) {
  const { bind, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { email: "", full_name: "", password: "", confirm_password: "" },
    autoFocus: "email",
    onDirtyChange,
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
