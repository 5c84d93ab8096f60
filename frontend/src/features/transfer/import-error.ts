import { isAxiosError } from "axios"
import type { HttpValidationError } from "@/client/types.gen"
import { errorMessage } from "@/engine"

/** Why a file was not imported. The backend names row and column itself, in words. */
export function importError(error: unknown): string {
  const detail = isAxiosError<HttpValidationError>(error) ? error.response?.data.detail : undefined
  if (!Array.isArray(detail)) return errorMessage(error)
  return detail.map(({ msg }) => msg).join("\n")
}
