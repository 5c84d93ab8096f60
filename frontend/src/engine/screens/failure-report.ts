import { APP_NAME, APP_VERSION } from "@/engine/lib/app-info"
import type { BackendFailure } from "@/engine/shell"

/** Plain text for a bug report. It holds nothing but what the screen shows. */
export function failureReport({ code, message, log_tail }: BackendFailure): string {
  return [
    `${APP_NAME} ${APP_VERSION}: ${code}`,
    navigator.userAgent,
    "",
    message,
    ...(log_tail.length ? ["", "Last log lines:", ...log_tail] : []),
  ].join("\n")
}
