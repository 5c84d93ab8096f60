import { useEffect } from "react"
import { useForm } from "react-hook-form"
import type { Owner } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { DialogClose, DialogFooter } from "@/components/ui/dialog"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import {
  type OwnerFormValues,
  ownerFormResolver,
} from "@/features/settings/application/owner-form-schema"
import { errorMessage } from "@/lib/errors"

interface OwnerFormProps {
  /** If this rejects, the form keeps what was typed. */
  onSave: (owner: Owner) => Promise<unknown>
  onUnsaved: (unsaved: boolean) => void
}

export function OwnerForm({ onSave, onUnsaved }: OwnerFormProps) {
  const { register, handleSubmit, setError, setFocus, formState } = useForm<
    OwnerFormValues,
    unknown,
    Owner
  >({
    resolver: ownerFormResolver,
    defaultValues: { email: "", full_name: "", password: "", confirm: "" },
  })
  const { errors, isDirty, isSubmitting } = formState
  useEffect(() => setFocus("email"), [setFocus])
  useEffect(() => {
    onUnsaved(isDirty && !isSubmitting)
    return () => onUnsaved(false)
  }, [onUnsaved, isDirty, isSubmitting])

  const submit = handleSubmit(async (owner) => {
    try {
      await onSave(owner)
    } catch (error) {
      setError("root", { message: errorMessage(error) })
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
      <Field label="Password" error={errors.password?.message} required>
        {(control) => (
          <Input
            {...control}
            {...register("password")}
            type="password"
            placeholder="Password"
            autoComplete="new-password"
            data-testid="password-input"
          />
        )}
      </Field>
      <Field label="Confirm password" error={errors.confirm?.message} required>
        {(control) => (
          <Input
            {...control}
            {...register("confirm")}
            type="password"
            placeholder="Confirm password"
            autoComplete="new-password"
            data-testid="confirm-password-input"
          />
        )}
      </Field>
      {errors.root && (
        <p role="alert" className="text-danger-text text-sm">
          {errors.root.message}
        </p>
      )}
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={isSubmitting}>
            Cancel
          </Button>
        </DialogClose>
        <LoadingButton type="submit" pending={isSubmitting}>
          Turn on
        </LoadingButton>
      </DialogFooter>
    </form>
  )
}
