import { zodResolver } from "@hookform/resolvers/zod"
import { type ReactNode, useEffect } from "react"
import { minLength, object, string } from "zod/mini"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, showSubmitError, useAppForm } from "@/engine"
import { type Credentials, logIn } from "@/features/auth/log-in"
import { EmailField, PasswordField } from "@/features/users/account-fields"
import { emailField } from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({ email: emailField, password: string().check(minLength(1)) }),
  { error: fieldMessage },
)

interface LoginFormProps {
  email?: string | undefined
  onLoggedIn: (credentials: Credentials) => Promise<unknown>
  /** Between the password's label and the edge. */
  children?: ReactNode
}

export function LoginForm({ email = "", onLoggedIn, children }: LoginFormProps) {
  const { register, handleSubmit, setFocus, setError, formState } = useAppForm({
    resolver,
    defaultValues: { email, password: "" },
  })
  const { errors, isSubmitting } = formState
  useEffect(() => setFocus(email ? "password" : "email"), [setFocus, email])

  const submit = handleSubmit(async (credentials) => {
    try {
      await logIn(credentials)
      await onLoggedIn(credentials)
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <EmailField field={register("email")} error={errors.email?.message} />
      <div className="grid gap-2">
        <PasswordField
          label="Password"
          field={register("password")}
          error={errors.password?.message}
          autoComplete="current-password"
        />
        {children}
      </div>
      <FormError>{errors.root?.message}</FormError>
      <LoadingButton type="submit" pending={isSubmitting}>
        Log In
      </LoadingButton>
    </form>
  )
}
