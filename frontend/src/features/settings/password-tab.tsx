import { zodResolver } from "@hookform/resolvers/zod"
import { useSuspenseQuery } from "@tanstack/react-query"
import { toast } from "sonner"
import { minLength, object } from "zod/mini"
import { usersUpdatePasswordMe } from "@/client/sdk.gen"
import { zUpdatePassword } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, SettingsSection, showSubmitError, useAppForm } from "@/engine"
import { PasswordField } from "@/features/users/account-fields"
import { currentUserQuery } from "@/features/users/current-user"
import { confirmPasswordField, typedTwice } from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    current_password: zUpdatePassword.shape.current_password.check(minLength(1)),
    new_password: zUpdatePassword.shape.new_password,
    confirm_password: confirmPasswordField,
  }).check(typedTwice("new_password")),
  { error: fieldMessage },
)

export function PasswordTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { register, handleSubmit, setError, reset, formState } = useAppForm({
    resolver,
    defaultValues: { current_password: "", new_password: "", confirm_password: "" },
  })
  const { errors, isSubmitting } = formState

  const submit = handleSubmit(async ({ current_password, new_password }) => {
    try {
      await usersUpdatePasswordMe({ body: { current_password, new_password } })
      reset()
      toast.success("Password updated successfully")
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <SettingsSection
      title="Password"
      text="A new password logs you out everywhere else. Your recovery codes stay good."
    >
      <form onSubmit={submit} noValidate className="grid max-w-md gap-5">
        <input type="hidden" autoComplete="username" value={user.email} readOnly />
        <PasswordField
          label="Current Password"
          field={register("current_password")}
          error={errors.current_password?.message}
          autoComplete="current-password"
        />
        <PasswordField
          label="New Password"
          field={register("new_password")}
          error={errors.new_password?.message}
        />
        <PasswordField
          label="Confirm Password"
          field={register("confirm_password")}
          error={errors.confirm_password?.message}
        />
        <FormError>{errors.root?.message}</FormError>
        <LoadingButton type="submit" pending={isSubmitting} className="w-fit">
          Update Password
        </LoadingButton>
      </form>
    </SettingsSection>
  )
}
