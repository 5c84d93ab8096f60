import { zodResolver } from "@hookform/resolvers/zod"
import { minLength, object } from "zod/mini"
import { usersIssueRecoveryCodes } from "@/client/sdk.gen"
import { zConfirmPassword } from "@/client/zod.gen"
import { Field } from "@/components/ui/field"
import { LoadingButton } from "@/components/ui/loading-button"
import { PasswordInput } from "@/components/ui/password-input"
import { FormError, showSubmitError, useAppForm } from "@/engine"
import { fieldMessage } from "@/lib/validation"

const resolver = zodResolver(
  object({ password: zConfirmPassword.shape.password.check(minLength(1)) }),
  { error: fieldMessage },
)

interface CodesIssueFormProps {
  /** Whether there are older codes, which stop working. */
  replaces: boolean
  onIssued: (codes: string[]) => Promise<unknown>
}

export function CodesIssueForm({ replaces, onIssued }: CodesIssueFormProps) {
  const { register, handleSubmit, setError, formState } = useAppForm({
    resolver,
    defaultValues: { password: "" },
  })
  const { errors, isSubmitting } = formState

  const submit = handleSubmit(async (body) => {
    try {
      const { data } = await usersIssueRecoveryCodes({ body })
      await onIssued(data.codes)
    } catch (error) {
      showSubmitError(error, setError)
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid max-w-md gap-5">
      <Field label="Current Password" error={errors.password?.message} required>
        {(control) => (
          <PasswordInput
            {...control}
            {...register("password")}
            placeholder="Current Password"
            autoComplete="current-password"
            data-testid="current-password-input"
          />
        )}
      </Field>
      {replaces && (
        <p className="text-muted-foreground text-sm">
          New codes replace the old ones, which stop working at once.
        </p>
      )}
      <FormError>{errors.root?.message}</FormError>
      <LoadingButton type="submit" pending={isSubmitting} className="w-fit">
        Issue new codes
      </LoadingButton>
    </form>
  )
}
