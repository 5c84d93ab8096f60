import { useEffect } from "react"
import type { Resolver } from "react-hook-form"
import type { UserPublic } from "@/client/types.gen"
import { CheckboxField } from "@/components/ui/checkbox-field"
import {
  DialogFormFooter,
  FormError,
  showSubmitError,
  useAppForm,
  useUnsavedChanges,
} from "@/engine"
import { EmailField, FullNameField, NewPasswordFields } from "@/features/users/account-fields"
import {
  changedUserResolver,
  newUserResolver,
  type UserFormResult,
  type UserFormValues,
  userFormValues,
} from "@/features/users/user-form-schema"

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
  const { register, handleSubmit, setFocus, setError, formState } = useAppForm({
    resolver,
    defaultValues: userFormValues(user),
  })
  const { errors, isDirty, isSubmitting } = formState
  useEffect(() => setFocus("email"), [setFocus])
  useUnsavedChanges(onUnsaved, { isDirty, isSubmitting })

  const submit = handleSubmit(async ({ email, full_name, password, is_superuser, is_active }) => {
    try {
      await onSave({ email, full_name, password, is_superuser, is_active })
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <EmailField field={register("email")} error={errors.email?.message} autoComplete="off" />
      <FullNameField
        field={register("full_name")}
        error={errors.full_name?.message}
        autoComplete="off"
      />
      <NewPasswordFields
        label={user ? "New Password" : "Set Password"}
        field={register("password")}
        error={errors.password?.message}
        again={{ field: register("confirm_password"), error: errors.confirm_password?.message }}
        placeholder="Password"
        required={!user}
      />
      <div className="flex flex-wrap gap-x-6 gap-y-3">
        <CheckboxField label="Is superuser?" {...register("is_superuser")} />
        <CheckboxField label="Is active?" {...register("is_active")} />
      </div>
      <FormError>{errors.root?.message}</FormError>
      <DialogFormFooter saving={isSubmitting}>Save</DialogFormFooter>
    </form>
  )
}
