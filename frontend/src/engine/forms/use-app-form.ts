import { useEffect } from "react"
import {
  type FieldError,
  type FieldValues,
  get,
  type Path,
  type UseFormProps,
  type UseFormRegisterReturn,
  type UseFormReturn,
  useForm,
} from "react-hook-form"
import type { ErrorCode } from "@/client/types.gen"
import { errorCode, errorMessage } from "@/engine/connection/errors"
import { afterPointerPress } from "@/engine/lib/pointer-press"

interface AppFormProps<Values extends FieldValues, Context, Result>
  extends UseFormProps<Values, Context, Result> {
  /** Field that gets the focus on mount, and whenever this option changes. */
  autoFocus?: Path<Values> | undefined
  /** Called when the form becomes dirty or clean. A form that is being submitted or unmounted is clean. */
  onDirtyChange?: ((dirty: boolean) => void) | undefined
  /** Field that shows an API error, by error code. Other errors are form errors. */
  errorFields?: { [code in ErrorCode]?: Path<Values> }
}

/** The props of a component that renders one field of a form. */
export interface FieldBinding {
  /** Result of react-hook-form's `register`. */
  field: UseFormRegisterReturn
  error: string | undefined
}

interface AppForm<Values extends FieldValues, Context, Result>
  extends UseFormReturn<Values, Context, Result> {
  bind: (name: Path<Values>) => FieldBinding
  /** Returns an `onSubmit` handler. If `save` rejects, the form shows the error and keeps its values. */
  submitHandler: (
    save: (values: Result) => Promise<unknown>,
  ) => (event?: React.BaseSyntheticEvent) => Promise<void>
  /** Error message that belongs to no field. */
  formError: string | undefined
}

/** `useForm` with the app's defaults: a field is validated on blur and from then on as it changes. */
export function useAppForm<
  Values extends FieldValues = FieldValues,
  Context = unknown,
  Result = Values,
>({
  autoFocus,
  onDirtyChange,
  errorFields = {},
  ...props
}: AppFormProps<Values, Context, Result>): AppForm<Values, Context, Result> {
  const form = useForm({ mode: "onTouched", ...props })
  const { setFocus, setError } = form
  const { errors, isDirty, isSubmitting } = form.formState

  useEffect(() => {
    if (autoFocus) setFocus(autoFocus)
  }, [autoFocus, setFocus])

  useEffect(() => {
    onDirtyChange?.(isDirty && !isSubmitting)
    return () => onDirtyChange?.(false)
  }, [onDirtyChange, isDirty, isSubmitting])

  const register: typeof form.register = (name, options) => {
    const field = form.register(name, options)
    return {
      ...field,
      onBlur: async (event) => {
        // The window lost the focus, not the field.
        if (document.activeElement === event.target) return
        await afterPointerPress()
        await field.onBlur(event)
      },
    }
  }

  return {
    ...form,
    register,
    bind: (name) => ({
      field: register(name),
      error: (get(errors, name) as FieldError | undefined)?.message,
    }),
    submitHandler: (save) =>
      form.handleSubmit(async (values) => {
        try {
          await save(values)
        } catch (error) {
          const code = errorCode(error)
          const field = code && errorFields[code]
          setError(
            field ?? "root",
            { message: errorMessage(error) },
            { shouldFocus: Boolean(field) },
          )
        }
      }),
    formError: errors.root?.message,
  }
}
