import { zodResolver } from "@hookform/resolvers/zod"
import { type ReactNode, useEffect } from "react"
import { useForm } from "react-hook-form"
import { minLength, object, string } from "zod/mini"
import { Field } from "@/components/ui/field"
import { FormError } from "@/components/ui/form-error"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { PasswordInput } from "@/components/ui/password-input"
import { type Credentials, logIn } from "@/features/auth/log-in"
import { emailField } from "@/features/users/user-fields"
import { showRefusal } from "@/lib/form-refusal"
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
  const { register, handleSubmit, setFocus, setError, formState } = useForm({
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
      showRefusal(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <Field label="Email" error={errors.email?.message} required>
        {(control) => (
          <Input
            {...control}
            {...register("email")}
            type="email"
            placeholder="Email"
            autoComplete="username"
            data-testid="email-input"
          />
        )}
      </Field>
      <div className="grid gap-2">
        <Field label="Password" error={errors.password?.message} required>
          {(control) => (
            <PasswordInput
              {...control}
              {...register("password")}
              placeholder="Password"
              autoComplete="current-password"
              data-testid="password-input"
            />
          )}
        </Field>
        {children}
      </div>
      <FormError>{errors.root?.message}</FormError>
      <LoadingButton type="submit" pending={isSubmitting}>
        Log In
      </LoadingButton>
    </form>
  )
}
