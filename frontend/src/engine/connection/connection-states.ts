import type { ConnectionState } from "@/engine/connection/connection"

/** Error codes of failures that may resolve on their own: a banner above the page reports them. */
const TRANSIENT_CODES = new Set(["server_unreachable", "server_busy", "window_blocked"])

/**
 * Whether a banner, instead of a full screen, reports a server failure with this code. Until a page was shown, all
 * failures are full screens.
 */
export const isShownAsBanner = (code: string | undefined): boolean =>
  TRANSIENT_CODES.has(code ?? "")

/** Whether a page shown before can be used in this state: no full screen covers it and the app is not closing. */
export function isPageShown(state: ConnectionState): boolean {
  switch (state.status) {
    case "ready":
    case "starting":
    case "migrating":
    case "restarting":
    case "offline":
      return true
    case "server_unavailable":
      return isShownAsBanner(state.failure.code)
    default:
      return false
  }
}
