import { zodResolver } from "@hookform/resolvers/zod"
import { useSuspenseQuery } from "@tanstack/react-query"
import { toast } from "sonner"
import { minLength, object } from "zod/mini"
import { usersUpdatePasswordMe } from "@/client/sdk.gen"
import { zUpdatePassword } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, SettingsSection, useAppForm } from "@/engine"
import { NewPasswordFields, PasswordField } from "@/features/users/account-fields"
import { confirmPasswordSchema, passwordsMatch } from "@/features/users/account-schemas"
import { currentUserQuery } from "@/features/users/current-user"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({
    current_password: zUpdatePassword.shape.current_password.check(minLength(1)),
    new_password: zUpdatePassword.shape.new_password,
    confirm_password: confirmPasswordSchema,
  }).check(passwordsMatch("new_password")),
  { error: errorMap },
)

export function PasswordTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { bind, submitHandler, reset, formError, formState } = useAppForm({
    resolver,
    defaultValues: { current_password: "", new_password: "", confirm_password: "" },
  })
  const submit = submitHandler(async ({ current_password, new_password }) => {
    await usersUpdatePasswordMe({ body: { current_password, new_password } })
    reset()
    toast.success("Password updated successfully")
  })

  return (
    <SettingsSection
      title="Password"
      description="Changing your password logs you out on other devices. Your recovery codes stay valid."
    >
      <form onSubmit={submit} noValidate className="grid max-w-md gap-5">
        <input type="hidden" autoComplete="username" value={user.email} readOnly />
        <PasswordField
          label="Current Password"
          {...bind("current_password")}
          autoComplete="current-password"
        />
        <NewPasswordFields
          label="New Password"
          {...bind("new_password")}
          confirm={bind("confirm_password")}
        />
        <FormError>{formError}</FormError>
        <LoadingButton type="submit" pending={formState.isSubmitting} className="w-fit">
          Update Password
        </LoadingButton>
      </form>
    </SettingsSection>
  )
}
