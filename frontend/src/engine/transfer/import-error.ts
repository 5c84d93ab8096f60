import { isAxiosError } from "axios"
import type { HttpValidationError } from "@/client/types.gen"
import { errorMessage, isTransient } from "@/engine/connection/errors"

/** Message of a failed import. The backend's validation messages name row and column, so `loc` is left out. */
export function importErrorMessage(error: unknown): string {
  // Without a response, and with a 5xx response, the import may have succeeded.
  if (!isAxiosError<HttpValidationError>(error) || !error.response || isTransient(error))
    return errorMessage(error)
  const { detail } = error.response.data
  const reasons = Array.isArray(detail) ? detail.map(({ msg }) => msg) : [errorMessage(error)]
  return `Nothing was imported. ${reasons.join("\n")}`
}
