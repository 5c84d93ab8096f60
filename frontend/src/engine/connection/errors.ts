import { isAxiosError } from "axios"
import type { ErrorCode, ErrorMessage, HttpValidationError } from "@/client/types.gen"
import { server } from "@/engine/connection/connection"

interface ErrorBody {
  detail?: string | HttpValidationError["detail"]
}

/** The API's code for what went wrong. The only thing to branch on: the words of an error may change. */
export function errorCode(error: unknown): ErrorCode | undefined {
  if (!isAxiosError<Partial<ErrorMessage>>(error) || !error.response) return undefined
  const { data, headers } = error.response
  // A body that is the FastAPI template's to the letter has none; the header is always there.
  return data?.code ?? (headers["x-error-code"] as ErrorCode | undefined)
}

/** What to tell the person, for any error of a request. */
export function errorMessage(error: unknown): string {
  if (!isAxiosError<ErrorBody>(error)) {
    return error instanceof Error ? error.message : "Something went wrong."
  }
  const asked = server.get() ? "server" : "backend"
  if (!error.response)
    return `The ${asked} did not answer. What was being saved may be saved or not: look before you try again.`
  const detail = error.response.data?.detail
  if (typeof detail === "string") return detail
  const messages = detail?.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`)
  return messages?.length ? messages.join("\n") : `The ${asked} answered ${error.response.status}.`
}

/** Whether asking again could help: the request didn't arrive, or the backend had trouble of its own. */
export function isTransient(error: unknown): boolean {
  return isAxiosError(error) && (!error.response || error.response.status >= 500)
}
