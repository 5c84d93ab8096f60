import { type FieldValues, type UseFormProps, type UseFormReturn, useForm } from "react-hook-form"
import { afterPointerPress } from "@/engine/lib/pointer-press"

/** `useForm` as all forms here use it: a field is validated when it is left, and from then on as it is changed. */
export function useAppForm<
  Values extends FieldValues = FieldValues,
  Context = unknown,
  Result = Values,
>(props: UseFormProps<Values, Context, Result>): UseFormReturn<Values, Context, Result> {
  const form = useForm({ mode: "onTouched", ...props })
  return {
    ...form,
    register: (name, options) => {
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
    },
  }
}
