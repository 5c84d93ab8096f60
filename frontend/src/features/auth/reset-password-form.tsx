import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { toast } from "sonner"
import { object } from "zod/mini"
import { loginResetPassword } from "@/client/sdk.gen"
import { zNewPassword } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorCode, errorMessage, FormError, useAppForm } from "@/engine"
import { NewPasswordFields } from "@/features/users/account-fields"
import { confirmPasswordSchema, passwordsMatch } from "@/features/users/account-schemas"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({
    new_password: zNewPassword.shape.new_password,
    confirm_password: confirmPasswordSchema,
  }).check(passwordsMatch("new_password")),
  { error: errorMap },
)

export function ResetPasswordForm({ token }: { token: string }) {
  const navigate = useNavigate()
  const { bind, handleSubmit, setError, formError, formState } = useAppForm({
    resolver,
    defaultValues: { new_password: "", confirm_password: "" },
    autoFocus: "new_password",
  })

  const submit = handleSubmit(async ({ new_password }) => {
    try {
      await loginResetPassword({ body: { token, new_password } })
      toast.success("Password updated successfully", {
        description: "Log in with your new password.",
      })
      await navigate({ to: "/login", replace: true })
    } catch (error) {
      const hint =
        errorCode(error) === "reset_token_invalid"
          ? ". It has expired or was already used. Enter another recovery code."
          : ""
      setError("root", { message: errorMessage(error) + hint })
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <NewPasswordFields
        label="New Password"
        {...bind("new_password")}
        confirm={bind("confirm_password")}
      />
      <FormError>{formError}</FormError>
      <LoadingButton type="submit" pending={formState.isSubmitting}>
        Reset Password
      </LoadingButton>
    </form>
  )
}
