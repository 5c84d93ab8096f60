import type { FieldValues, Path, UseFormSetError } from "react-hook-form"
import { errorMessage } from "@/lib/errors"

const EMAIL_CLASH = /with this email already exists/

/** Shows in the form what a request said against it: about the email at its field, all else below the form. */
export function showRefusal<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
): void {
  const message = errorMessage(error)
  const isClash = EMAIL_CLASH.test(message)
  setError(isClash ? ("email" as Path<Values>) : "root", { message }, { shouldFocus: isClash })
}
