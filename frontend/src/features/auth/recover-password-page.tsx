import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { minLength, object, pipe } from "zod/mini"
import { loginRecoverPassword } from "@/client/sdk.gen"
import { zRecoverPassword } from "@/client/zod.gen"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, useAppForm } from "@/engine"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { EmailField } from "@/features/users/account-fields"
import { emailSchema, trimmed } from "@/features/users/account-schemas"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({
    email: emailSchema,
    code: pipe(trimmed, zRecoverPassword.shape.code.check(minLength(1))),
  }),
  { error: errorMap },
)

export function RecoverPasswordPage() {
  const navigate = useNavigate()
  const { bind, register, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { email: "", code: "" },
    autoFocus: "email",
  })
  const { errors, isSubmitting } = formState
  const submit = submitHandler(async (body) => {
    const { data } = await loginRecoverPassword({ body })
    await navigate({ to: "/reset-password", search: { token: data.token }, replace: true })
  })

  return (
    <AuthPage
      title="Password Recovery"
      description="Enter one of your recovery codes. Each code works once. If you have no code, ask an administrator to set a new password."
      footer={
        <>
          Remember your password? <AuthLink to="/login">Log in</AuthLink>
        </>
      }
    >
      <form onSubmit={submit} noValidate className="grid gap-5">
        <EmailField {...bind("email")} />
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
        <FormError>{formError}</FormError>
        <LoadingButton type="submit" pending={isSubmitting}>
          Continue
        </LoadingButton>
      </form>
    </AuthPage>
  )
}
