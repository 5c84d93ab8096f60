import type { FieldValues, Path, UseFormSetError } from "react-hook-form"
import type { ErrorCode } from "@/client/types.gen"
import { errorCode, errorMessage } from "@/engine/connection/errors"

/** The fields that errors are about. */
const FIELDS: { [code in ErrorCode]?: string } = { email_taken: "email" }

/** Shows in the form why a request was refused: at the field that is to blame, or below the form. */
export function showSubmitError<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
): void {
  const code = errorCode(error)
  const field = code && FIELDS[code]
  setError(
    (field as Path<Values> | undefined) ?? "root",
    { message: errorMessage(error) },
    {
      shouldFocus: Boolean(field),
    },
  )
}
