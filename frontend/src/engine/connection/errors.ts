import { isAxiosError } from "axios"
import type { ErrorCode, ErrorMessage, HttpValidationError } from "@/client/types.gen"
import { serverUrl } from "@/engine/connection/connection"

interface ErrorBody {
  detail?: string | HttpValidationError["detail"]
}

/** The API's error code. Branch on this only: the wording of error messages may change. */
export function errorCode(error: unknown): ErrorCode | undefined {
  if (!isAxiosError<Partial<ErrorMessage>>(error) || !error.response) return undefined
  const { data, headers } = error.response
  // Bodies that equal the FastAPI template's have no code; the header is always set.
  return data?.code ?? (headers["x-error-code"] as ErrorCode | undefined)
}

/** A message for the user, for any error of a request. */
export function errorMessage(error: unknown): string {
  if (!isAxiosError<ErrorBody>(error)) {
    return error instanceof Error ? error.message : "Something went wrong. Try again."
  }
  const peer = serverUrl.get() ? "server" : "backend"
  const { response } = error
  const detail = response?.data?.detail
  if (typeof detail === "string") return detail
  const messages = detail?.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`)
  if (messages?.length) return messages.join("\n")
  const outcome = response ? `responded with status ${response.status}` : "did not respond"
  // A proxy's 5xx response, such as 504, says as little about the request's execution as no response.
  return isTransient(error) && error.config?.method !== "get"
    ? `The ${peer} ${outcome}. Your changes may or may not have been saved: check before you try again.`
    : `The ${peer} ${outcome}. Try again${response ? ", or check the logs" : ""}.`
}

/** Whether a retry may succeed: network error or 5xx response. */
export function isTransient(error: unknown): boolean {
  return isAxiosError(error) && (!error.response || error.response.status >= 500)
}
