import type { UseFormRegisterReturn } from "react-hook-form"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { PasswordInput } from "@/components/ui/password-input"

interface FieldProps {
  /** What `register` of react-hook-form gives for it. */
  field: UseFormRegisterReturn
  error: string | undefined
  autoComplete?: string
}

export function EmailField({ field, error, autoComplete = "username" }: FieldProps) {
  return (
    <Field label="Email" error={error} required>
      {(control) => (
        <Input
          {...control}
          {...field}
          type="email"
          placeholder="Email"
          autoComplete={autoComplete}
          data-testid="email-input"
        />
      )}
    </Field>
  )
}

export function FullNameField({
  field,
  error,
  autoComplete = "name",
  required,
}: FieldProps & { required?: boolean }) {
  return (
    <Field label="Full name" error={error} required={required}>
      {(control) => (
        <Input
          {...control}
          {...field}
          placeholder="Full name"
          autoComplete={autoComplete}
          data-testid="full-name-input"
        />
      )}
    </Field>
  )
}

interface PasswordFieldProps extends FieldProps {
  label: string
  placeholder?: string
  required?: boolean
}

/** Its test id follows from what it is registered as: `new_password` is `new-password-input`. */
export function PasswordField({
  label,
  field,
  error,
  placeholder = label,
  required = true,
  autoComplete = "new-password",
}: PasswordFieldProps) {
  return (
    <Field label={label} error={error} required={required}>
      {(control) => (
        <PasswordInput
          {...control}
          {...field}
          placeholder={placeholder}
          autoComplete={autoComplete}
          data-testid={`${field.name.replaceAll("_", "-")}-input`}
        />
      )}
    </Field>
  )
}

interface NewPasswordFieldsProps extends Omit<PasswordFieldProps, "autoComplete"> {
  /** The same of the field in which it is typed once more; `typedTwice` compares the two. */
  again: Pick<FieldProps, "field" | "error">
}

export function NewPasswordFields({ again, required = true, ...first }: NewPasswordFieldsProps) {
  return (
    <>
      <PasswordField {...first} required={required} />
      <PasswordField label="Confirm Password" {...again} required={required} />
    </>
  )
}
