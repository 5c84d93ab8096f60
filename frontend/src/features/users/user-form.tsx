import type { Resolver } from "react-hook-form"
import type { UserPublic } from "@/client/types.gen"
import { CheckboxField } from "@/components/ui/checkbox-field"
import { DialogFormFooter, FormError, useAppForm } from "@/engine"
import { EmailField, FullNameField, NewPasswordFields } from "@/features/users/account-fields"
import {
  editUserResolver,
  newUserResolver,
  type UserFormResult,
  type UserFormValues,
  userFormValues,
} from "@/features/users/user-form-schema"

export interface UserFormProps {
  /** User to edit; omit it to create a user. */
  user?: UserPublic | undefined
  /** If this rejects, the form shows the error and stays open. */
  onSave: (user: UserFormResult) => Promise<unknown>
  onDirtyChange: (dirty: boolean) => void
}

/** Default export for React.lazy. Rendered inside the dialog's content, so that closing the dialog resets the form. */
export default function UserForm({ user, onSave, onDirtyChange }: UserFormProps) {
  const resolver: Resolver<UserFormValues, unknown, UserFormResult> = user
    ? editUserResolver
    : newUserResolver
  const { bind, register, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: userFormValues(user),
    autoFocus: "email",
    onDirtyChange,
    errorFields: { email_taken: "email" },
  })
  const submit = submitHandler(({ email, full_name, password, is_superuser, is_active }) =>
    onSave({ email, full_name, password, is_superuser, is_active }),
  )

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <EmailField {...bind("email")} autoComplete="off" />
      <FullNameField {...bind("full_name")} autoComplete="off" />
      <NewPasswordFields
        label={user ? "New Password" : "Set Password"}
        {...bind("password")}
        confirm={bind("confirm_password")}
        placeholder="Password"
        required={!user}
      />
      <div className="flex flex-wrap gap-x-6 gap-y-3">
        <CheckboxField label="Is superuser?" {...register("is_superuser")} />
        <CheckboxField label="Is active?" {...register("is_active")} />
      </div>
      <FormError>{formError}</FormError>
      <DialogFormFooter saving={formState.isSubmitting}>Save</DialogFormFooter>
    </form>
  )
}
