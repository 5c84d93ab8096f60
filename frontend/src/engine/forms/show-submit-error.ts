import type { FieldValues, Path, UseFormSetError } from "react-hook-form"
import type { ErrorCode } from "@/client/types.gen"
import { errorCode, errorMessage } from "@/engine/connection/errors"

/** Form fields by the error code that concerns them. */
const FIELD_BY_CODE: { [code in ErrorCode]?: string } = { email_taken: "email" }

/** Shows the error of a submit in the form: at the field that it concerns, or as root error below the fields. */
export function showSubmitError<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
): void {
  const code = errorCode(error)
  const field = code && FIELD_BY_CODE[code]
  setError(
    (field as Path<Values> | undefined) ?? "root",
    { message: errorMessage(error) },
    {
      shouldFocus: Boolean(field),
    },
  )
}
