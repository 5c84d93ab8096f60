import { zodResolver } from "@hookform/resolvers/zod"
import { minLength, object } from "zod/mini"
import { usersIssueRecoveryCodes } from "@/client/sdk.gen"
import { zConfirmPassword } from "@/client/zod.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, useAppForm } from "@/engine"
import { PasswordField } from "@/features/users/account-fields"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(
  object({ password: zConfirmPassword.shape.password.check(minLength(1)) }),
  { error: errorMap },
)

interface IssueCodesFormProps {
  /** Whether the user has unused codes, which new codes replace. */
  replacesCodes: boolean
  /** Whether the password field gets the focus on mount. */
  autoFocus: boolean
  onIssued: (codes: string[]) => Promise<unknown>
}

export function IssueCodesForm({ replacesCodes, autoFocus, onIssued }: IssueCodesFormProps) {
  const { bind, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { password: "" },
    autoFocus: autoFocus ? "password" : undefined,
  })
  const submit = submitHandler(async (body) => {
    const { data } = await usersIssueRecoveryCodes({ body })
    await onIssued(data.codes)
  })

  return (
    <form onSubmit={submit} noValidate className="grid max-w-md gap-5">
      <PasswordField
        label="Current Password"
        {...bind("password")}
        autoComplete="current-password"
        testId="current-password-input"
      />
      {replacesCodes && (
        <p className="text-muted-foreground text-sm">
          New codes replace your current codes, which stop working immediately.
        </p>
      )}
      <FormError>{formError}</FormError>
      <LoadingButton type="submit" pending={formState.isSubmitting} className="w-fit">
        Generate codes
      </LoadingButton>
    </form>
  )
}
