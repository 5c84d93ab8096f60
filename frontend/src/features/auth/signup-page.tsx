import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { useEffect } from "react"
import { useForm } from "react-hook-form"
import { toast } from "sonner"
import { object, string } from "zod/mini"
import { usersRegisterUser } from "@/client/sdk.gen"
import { zUserRegister } from "@/client/zod.gen"
import { Field } from "@/components/ui/field"
import { FormError } from "@/components/ui/form-error"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { PasswordInput } from "@/components/ui/password-input"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { emailField, fullNameField, typedTwice } from "@/features/users/user-fields"
import { showRefusal } from "@/lib/form-refusal"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    full_name: fullNameField,
    email: emailField,
    password: zUserRegister.shape.password,
    confirm_password: string(),
  }).check(typedTwice("password")),
  { error: fieldMessage },
)

export function SignupPage() {
  const navigate = useNavigate()
  const { register, handleSubmit, setFocus, setError, formState } = useForm({
    resolver,
    defaultValues: { full_name: "", email: "", password: "", confirm_password: "" },
  })
  const { errors, isSubmitting } = formState
  useEffect(() => setFocus("full_name"), [setFocus])

  const submit = handleSubmit(async ({ confirm_password, ...body }) => {
    try {
      await usersRegisterUser({ body })
      toast.success("Your account is made", { description: "Log in to it now." })
      await navigate({ to: "/login", search: true })
    } catch (error) {
      showRefusal(error, setError)
    }
  })

  return (
    <AuthPage
      title="Create an account"
      footer={
        <>
          Already have an account?{" "}
          <AuthLink to="/login" search={true}>
            Log in
          </AuthLink>
        </>
      }
    >
      <form onSubmit={submit} noValidate className="grid gap-5">
        <Field label="Full name" error={errors.full_name?.message}>
          {(control) => (
            <Input
              {...control}
              {...register("full_name")}
              placeholder="Full name"
              autoComplete="name"
              data-testid="full-name-input"
            />
          )}
        </Field>
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
        <Field label="Password" error={errors.password?.message} required>
          {(control) => (
            <PasswordInput
              {...control}
              {...register("password")}
              placeholder="Password"
              autoComplete="new-password"
              data-testid="password-input"
            />
          )}
        </Field>
        <Field label="Confirm Password" error={errors.confirm_password?.message} required>
          {(control) => (
            <PasswordInput
              {...control}
              {...register("confirm_password")}
              placeholder="Confirm Password"
              autoComplete="new-password"
              data-testid="confirm-password-input"
            />
          )}
        </Field>
        <FormError>{errors.root?.message}</FormError>
        <LoadingButton type="submit" pending={isSubmitting}>
          Sign Up
        </LoadingButton>
      </form>
    </AuthPage>
  )
}
