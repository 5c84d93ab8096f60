import { Label } from "radix-ui"
import { type ReactNode, useId } from "react"

export interface FieldControlProps {
  id: string
  "aria-invalid": boolean
  "aria-describedby": string | undefined
  "aria-required": boolean | undefined
}

interface FieldProps {
  label: string
  error?: string | undefined
  required?: boolean
  /** Renders the input. Spread `control` onto it, so that label and error refer to it. */
  children: (control: FieldControlProps) => ReactNode
}

export function Field({ label, error, required, children }: FieldProps) {
  const id = useId()
  const errorId = `${id}-error`
  return (
    <div data-slot="field" className="grid gap-2">
      <div className="flex items-baseline justify-between">
        <Label.Root htmlFor={id} className="font-medium text-sm">
          {label}
        </Label.Root>
        {!required && (
          <span className="text-muted-foreground text-xs" aria-hidden>
            Optional
          </span>
        )}
      </div>
      {children({
        id,
        "aria-invalid": Boolean(error),
        "aria-describedby": error ? errorId : undefined,
        "aria-required": required,
      })}
      {error && (
        <p id={errorId} role="alert" className="wrap-anywhere text-danger-text text-sm">
          {error}
        </p>
      )}
    </div>
  )
}
