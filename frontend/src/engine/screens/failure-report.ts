import { APP_NAME, APP_VERSION } from "@/engine/lib/app-info"
import type { BackendFailure } from "@/engine/shell"

/** Plain text for a bug report, with the content of the failure screen, app version and user agent. */
export function failureReport({ code, message, log_tail }: BackendFailure): string {
  return [
    `${APP_NAME} ${APP_VERSION}: ${code}`,
    navigator.userAgent,
    "",
    message,
    ...(log_tail.length ? ["", "Last log lines:", ...log_tail] : []),
  ].join("\n")
}
