import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { useEffect } from "react"
import { minLength, object, pipe, string, transform } from "zod/mini"
import { loginRecoverPassword } from "@/client/sdk.gen"
import { zRecoverPassword } from "@/client/zod.gen"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, showSubmitError, useAppForm } from "@/engine"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { EmailField } from "@/features/users/account-fields"
import { emailField } from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const trimmed = pipe(
  string(),
  transform((typed) => typed.trim()),
)
const resolver = zodResolver(
  object({
    email: emailField,
    code: pipe(trimmed, zRecoverPassword.shape.code.check(minLength(1))),
  }),
  { error: fieldMessage },
)

export function RecoverPasswordPage() {
  const navigate = useNavigate()
  const { register, handleSubmit, setFocus, setError, formState } = useAppForm({
    resolver,
    defaultValues: { email: "", code: "" },
  })
  const { errors, isSubmitting } = formState
  useEffect(() => setFocus("email"), [setFocus])

  const submit = handleSubmit(async (body) => {
    try {
      const { data } = await loginRecoverPassword({ body })
      await navigate({ to: "/reset-password", search: { token: data.token }, replace: true })
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <AuthPage
      title="Password Recovery"
      text="Enter one of the recovery codes you saved. It works once. Without a code, ask an administrator for a new password."
      footer={
        <>
          Remember your password? <AuthLink to="/login">Log in</AuthLink>
        </>
      }
    >
      <form onSubmit={submit} noValidate className="grid gap-5">
        <EmailField field={register("email")} error={errors.email?.message} />
        <Field label="Recovery code" error={errors.code?.message} required>
          {(control) => (
            <Input
              {...control}
              {...register("code")}
              placeholder="Recovery code"
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              className="font-mono"
              data-testid="recovery-code-input"
            />
          )}
        </Field>
        <FormError>{errors.root?.message}</FormError>
        <LoadingButton type="submit" pending={isSubmitting}>
          Continue
        </LoadingButton>
      </form>
    </AuthPage>
  )
}
