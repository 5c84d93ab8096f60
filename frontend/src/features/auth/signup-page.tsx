import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { useEffect } from "react"
import { toast } from "sonner"
import { object } from "zod/mini"
import { usersRegisterUser } from "@/client/sdk.gen"
import { zUserRegister } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, showSubmitError, useAppForm } from "@/engine"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { EmailField, FullNameField, NewPasswordFields } from "@/features/users/account-fields"
import {
  confirmPasswordField,
  emailField,
  requiredFullNameField,
  typedTwice,
} from "@/features/users/user-fields"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({
    full_name: requiredFullNameField,
    email: emailField,
    password: zUserRegister.shape.password,
    confirm_password: confirmPasswordField,
  }).check(typedTwice("password")),
  { error: fieldMessage },
)

export function SignupPage() {
  const navigate = useNavigate()
  const { register, handleSubmit, setFocus, setError, formState } = useAppForm({
    resolver,
    defaultValues: { full_name: "", email: "", password: "", confirm_password: "" },
  })
  const { errors, isSubmitting } = formState
  useEffect(() => setFocus("full_name"), [setFocus])

  const submit = handleSubmit(async ({ confirm_password, ...body }) => {
    try {
      await usersRegisterUser({ body })
      toast.success("Account created", { description: "You can log in now." })
      await navigate({ to: "/login", search: true })
    } catch (error) {
      showSubmitError(error, setError)
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
        <FullNameField field={register("full_name")} error={errors.full_name?.message} required />
        <EmailField field={register("email")} error={errors.email?.message} />
        <NewPasswordFields
          label="Password"
          field={register("password")}
          error={errors.password?.message}
          again={{ field: register("confirm_password"), error: errors.confirm_password?.message }}
        />
        <FormError>{errors.root?.message}</FormError>
        <LoadingButton type="submit" pending={isSubmitting}>
          Sign Up
        </LoadingButton>
      </form>
    </AuthPage>
  )
}
