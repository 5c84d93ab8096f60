import { isAxiosError } from "axios"
import type { HttpValidationError } from "@/client/types.gen"
import { errorMessage } from "@/engine/connection/errors"

/** Message of a failed import. The backend's validation messages name row and column, so `loc` is left out. */
export function importErrorMessage(error: unknown): string {
  const detail = isAxiosError<HttpValidationError>(error) ? error.response?.data.detail : undefined
  if (!Array.isArray(detail)) return errorMessage(error)
  return detail.map(({ msg }) => msg).join("\n")
}
