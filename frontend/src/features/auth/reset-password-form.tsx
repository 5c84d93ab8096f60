import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { useEffect } from "react"
import { toast } from "sonner"
import { object } from "zod/mini"
import { loginResetPassword } from "@/client/sdk.gen"
import { zNewPassword } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorCode, errorMessage, FormError, useAppForm } from "@/engine"
import { NewPasswordFields } from "@/features/users/account-fields"
import { confirmPasswordField, typedTwice } from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    new_password: zNewPassword.shape.new_password,
    confirm_password: confirmPasswordField,
  }).check(typedTwice("new_password")),
  { error: fieldMessage },
)

/** A token is refused if it was used, is too old, or was never one. */
const refusal = (error: unknown) =>
  errorCode(error) === "reset_token_invalid"
    ? `${errorMessage(error)}. It works once and not for long: start again with another recovery code.`
    : errorMessage(error)

export function ResetPasswordForm({ token }: { token: string }) {
  const navigate = useNavigate()
  const { register, handleSubmit, setFocus, setError, formState } = useAppForm({
    resolver,
    defaultValues: { new_password: "", confirm_password: "" },
  })
  const { errors, isSubmitting } = formState
  useEffect(() => setFocus("new_password"), [setFocus])

  const submit = handleSubmit(async ({ new_password }) => {
    try {
      await loginResetPassword({ body: { token, new_password } })
      toast.success("Password updated successfully", { description: "Log in with it now." })
      await navigate({ to: "/login", replace: true })
    } catch (error) {
      setError("root", { message: refusal(error) })
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <NewPasswordFields
        label="New Password"
        field={register("new_password")}
        error={errors.new_password?.message}
        again={{ field: register("confirm_password"), error: errors.confirm_password?.message }}
      />
      <FormError>{errors.root?.message}</FormError>
      <LoadingButton type="submit" pending={isSubmitting}>
        Reset Password
      </LoadingButton>
    </form>
  )
}
