import { useEffect } from "react"
import { type Resolver, useForm } from "react-hook-form"
import type { UserPublic } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { CheckboxField } from "@/components/ui/checkbox-field"
import { DialogClose, DialogFooter } from "@/components/ui/dialog"
import { Field } from "@/components/ui/field"
import { FormError } from "@/components/ui/form-error"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { PasswordInput } from "@/components/ui/password-input"
import {
  changedUserResolver,
  newUserResolver,
  type UserFormResult,
  type UserFormValues,
  userFormValues,
} from "@/features/users/user-form-schema"
import { showRefusal } from "@/lib/form-refusal"
import { useUnsaved } from "@/lib/use-unsaved"

export interface UserFormProps {
  /** The user to change; without it, a new one. */
  user?: UserPublic | undefined
  /** If this rejects, the form keeps what was typed and says why. */
  onSave: (user: UserFormResult) => Promise<unknown>
  /** Whether closing now would lose something typed. */
  onUnsaved: (unsaved: boolean) => void
}

/** Lives inside a dialog's content, so that closing the dialog forgets what was typed. */
export function UserForm({ user, onSave, onUnsaved }: UserFormProps) {
  const resolver: Resolver<UserFormValues, unknown, UserFormResult> = user
    ? changedUserResolver
    : newUserResolver
  const { register, handleSubmit, setFocus, setError, formState } = useForm({
    resolver,
    defaultValues: userFormValues(user),
  })
  const { errors, isDirty, isSubmitting } = formState
  useEffect(() => setFocus("email"), [setFocus])
  useUnsaved(onUnsaved, { isDirty, isSubmitting })

  const submit = handleSubmit(async ({ email, full_name, password, is_superuser, is_active }) => {
    try {
      await onSave({ email, full_name, password, is_superuser, is_active })
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
            autoComplete="off"
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
            autoComplete="off"
            data-testid="full-name-input"
          />
        )}
      </Field>
      <Field
        label={user ? "New Password" : "Set Password"}
        error={errors.password?.message}
        required={!user}
      >
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
      <Field label="Confirm Password" error={errors.confirm_password?.message} required={!user}>
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
      <div className="flex flex-wrap gap-x-6 gap-y-3">
        <CheckboxField label="Is superuser?" {...register("is_superuser")} />
        <CheckboxField label="Is active?" {...register("is_active")} />
      </div>
      <FormError>{errors.root?.message}</FormError>
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={isSubmitting}>
            Cancel
          </Button>
        </DialogClose>
        <LoadingButton type="submit" pending={isSubmitting}>
          Save
        </LoadingButton>
      </DialogFooter>
    </form>
  )
}
