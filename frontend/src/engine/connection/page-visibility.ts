import type { Connection } from "@/engine/connection/connection"

/** What may pass in a moment: the page stays in sight. */
const PASSING = new Set(["server_unreachable", "server_busy", "window_blocked"])

/** Whether the trouble with a server is only told above the page. */
export const isPassing = (code: string | undefined): boolean => PASSING.has(code ?? "")

/** Whether a page of the app is in front of the person, rather than a screen that covers it or stands in its place. */
export function hasPage(state: Connection): boolean {
  switch (state.status) {
    case "ready":
    case "starting":
    case "migrating":
    case "restarting":
    case "offline":
      return true
    case "unserved":
      return isPassing(state.failure.code)
    default:
      return false
  }
}
