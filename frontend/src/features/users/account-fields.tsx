import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { PasswordInput } from "@/components/ui/password-input"
import type { FieldBinding } from "@/engine"

interface AccountFieldProps extends FieldBinding {
  autoComplete?: string
}

export function EmailField({ field, error, autoComplete = "username" }: AccountFieldProps) {
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
}: AccountFieldProps & { required?: boolean }) {
  return (
    <Field label="Full Name" error={error} required={required}>
      {(control) => (
        <Input
          {...control}
          {...field}
          placeholder="Full Name"
          autoComplete={autoComplete}
          data-testid="full-name-input"
        />
      )}
    </Field>
  )
}

interface PasswordFieldProps extends AccountFieldProps {
  label: string
  placeholder?: string
  required?: boolean
  /** By default derived from the field's name: `new_password` becomes `new-password-input`. */
  testId?: string
}

export function PasswordField({
  label,
  field,
  error,
  placeholder = label,
  required = true,
  autoComplete = "new-password",
  testId = `${field.name.replaceAll("_", "-")}-input`,
}: PasswordFieldProps) {
  return (
    <Field label={label} error={error} required={required}>
      {(control) => (
        <PasswordInput
          {...control}
          {...field}
          placeholder={placeholder}
          autoComplete={autoComplete}
          data-testid={testId}
        />
      )}
    </Field>
  )
}

interface NewPasswordFieldsProps extends Omit<PasswordFieldProps, "autoComplete" | "testId"> {
  /** The confirmation field, which `passwordsMatch` validates. */
  confirm: FieldBinding
}

export function NewPasswordFields({ confirm, required = true, ...first }: NewPasswordFieldsProps) {
  return (
    <>
      <PasswordField {...first} required={required} />
      <PasswordField label="Confirm Password" {...confirm} required={required} />
    </>
  )
}
