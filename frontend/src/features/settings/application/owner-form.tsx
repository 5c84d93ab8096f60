import { zodResolver } from "@hookform/resolvers/zod"
import { useEffect } from "react"
import { useForm } from "react-hook-form"
import { object, string } from "zod/mini"
import type { Owner } from "@/client/types.gen"
import { zOwner } from "@/client/zod.gen"
import { Button } from "@/components/ui/button"
import { DialogClose, DialogFooter } from "@/components/ui/dialog"
import { Field } from "@/components/ui/field"
import { FormError } from "@/components/ui/form-error"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { PasswordInput } from "@/components/ui/password-input"
import { emailField, fullNameField, typedTwice } from "@/features/users/user-fields"
import { showRefusal } from "@/lib/form-refusal"
import { useUnsaved } from "@/lib/use-unsaved"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    email: emailField,
    full_name: fullNameField,
    password: zOwner.shape.password,
    confirm_password: string(),
  }).check(typedTwice("password")),
  { error: fieldMessage },
)

interface OwnerFormProps {
  /** If this rejects, the form keeps what was typed. */
  onSave: (owner: Owner) => Promise<unknown>
  onUnsaved: (unsaved: boolean) => void
}

export function OwnerForm({ onSave, onUnsaved }: OwnerFormProps) {
  const { register, handleSubmit, setError, setFocus, formState } = useForm({
    resolver,
    defaultValues: { email: "", full_name: "", password: "", confirm_password: "" },
  })
  const { errors, isDirty, isSubmitting } = formState
  useEffect(() => setFocus("email"), [setFocus])
  useUnsaved(onUnsaved, { isDirty, isSubmitting })

  const submit = handleSubmit(async ({ confirm_password, ...owner }) => {
    try {
      await onSave(owner)
    } catch (error) {
      showRefusal(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <Field label="Email" error={errors.email?.message} required>
        {(control) => (
          <Input
            {...control}
            {...register("email")}
            type="email"
            placeholder="Email"
            autoComplete="username"
            data-testid="email-input"
          />
        )}
      </Field>
      <Field label="Full name" error={errors.full_name?.message}>
        {(control) => (
          <Input
            {...control}
            {...register("full_name")}
            placeholder="Full name"
            autoComplete="name"
            data-testid="full-name-input"
          />
        )}
      </Field>
      <Field label="Password" error={errors.password?.message} required>
        {(control) => (
          <PasswordInput
            {...control}
            {...register("password")}
            placeholder="Password"
            autoComplete="new-password"
            data-testid="password-input"
          />
        )}
      </Field>
      <Field label="Confirm Password" error={errors.confirm_password?.message} required>
        {(control) => (
          <PasswordInput
            {...control}
            {...register("confirm_password")}
            placeholder="Confirm Password"
            autoComplete="new-password"
            data-testid="confirm-password-input"
          />
        )}
      </Field>
      <FormError>{errors.root?.message}</FormError>
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={isSubmitting}>
            Cancel
          </Button>
        </DialogClose>
        <LoadingButton type="submit" pending={isSubmitting}>
          Turn on
        </LoadingButton>
      </DialogFooter>
    </form>
  )
}
