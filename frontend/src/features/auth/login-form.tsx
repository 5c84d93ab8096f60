import { zodResolver } from "@hookform/resolvers/zod"
import type { ReactNode } from "react"
import { minLength, object, string } from "zod/mini"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, useAppForm } from "@/engine"
import { type Credentials, logIn } from "@/features/auth/log-in"
import { EmailField, PasswordField } from "@/features/users/account-fields"
import { emailSchema } from "@/features/users/account-schemas"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({ email: emailSchema, password: string().check(minLength(1)) }),
  { error: errorMap },
)

interface LoginFormProps {
  email?: string | undefined
  onLoggedIn: (credentials: Credentials) => Promise<unknown>
  /** Shown below the password. */
  children?: ReactNode
}

/** Default export for React.lazy. */
export default function LoginForm({ email = "", onLoggedIn, children }: LoginFormProps) {
  const { bind, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { email, password: "" },
    autoFocus: email ? "password" : "email",
  })
  const submit = submitHandler(async (credentials) => {
    await logIn(credentials)
    await onLoggedIn(credentials)
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <EmailField {...bind("email")} />
      <div className="grid gap-2">
        <PasswordField label="Password" {...bind("password")} autoComplete="current-password" />
        {children}
      </div>
      <FormError>{formError}</FormError>
      <LoadingButton type="submit" pending={formState.isSubmitting}>
        Log In
      </LoadingButton>
    </form>
  )
}
