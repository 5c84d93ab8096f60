import type { Connection } from "@/engine/connection/connection"

/** Failures that may resolve soon: the page stays visible under a banner. */
const TRANSIENT_CODES = new Set(["server_unreachable", "server_busy", "window_blocked"])

/** Whether a server failure is shown as a banner only. */
export const isTransientFailure = (code: string | undefined): boolean =>
  TRANSIENT_CODES.has(code ?? "")

/** Whether a page of the app is visible, rather than a full-screen state. */
export function isPageShown(state: Connection): boolean {
  switch (state.status) {
    case "ready":
    case "starting":
    case "migrating":
    case "restarting":
    case "offline":
      return true
    case "server_unavailable":
      return isTransientFailure(state.failure.code)
    default:
      return false
  }
}
