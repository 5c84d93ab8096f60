import { zodResolver } from "@hookform/resolvers/zod"
import { useNavigate } from "@tanstack/react-router"
import { toast } from "sonner"
import { object } from "zod/mini"
import { usersRegisterUser } from "@/client/sdk.gen"
import { zUserRegister } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, useAppForm } from "@/engine"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { EmailField, FullNameField, NewPasswordFields } from "@/features/users/account-fields"
import {
  confirmPasswordSchema,
  emailSchema,
  passwordsMatch,
  requiredFullNameSchema,
} from "@/features/users/account-schemas"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({
    full_name: requiredFullNameSchema,
    email: emailSchema,
    password: zUserRegister.shape.password,
    confirm_password: confirmPasswordSchema,
  }).check(passwordsMatch("password")),
  { error: errorMap },
)

export function SignupPage() {
  const navigate = useNavigate()
  const { bind, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { full_name: "", email: "", password: "", confirm_password: "" },
    autoFocus: "full_name",
    errorFields: { email_taken: "email" },
  })
  const submit = submitHandler(async ({ confirm_password, ...body }) => {
    await usersRegisterUser({ body })
    toast.success("Account created successfully", { description: "You can log in now." })
    await navigate({ to: "/login", search: true })
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
        <FullNameField {...bind("full_name")} required />
        <EmailField {...bind("email")} />
        <NewPasswordFields
          label="Password"
          {...bind("password")}
          confirm={bind("confirm_password")}
        />
        <FormError>{formError}</FormError>
        <LoadingButton type="submit" pending={formState.isSubmitting}>
          Sign Up
        </LoadingButton>
      </form>
    </AuthPage>
  )
}
