import type { Diagnostics } from "@/client/types.gen"
import { APP_NAME, APP_VERSION } from "@/engine/lib/app-info"
import { runsInShell } from "@/engine/shell"

const HOMES = /^(\/home\/[^/]+|\/Users\/[^/]+|\/root|[A-Za-z]:\\Users\\[^\\]+)(?=[/\\]|$)/

/** A path without the name of the person whose home it is in. */
export const redactHomeDir = (path: string): string => path.replace(HOMES, "~")

/** For a report of a fault: no secret in it, and nobody's name. */
export function diagnosticsReport({ data_dir, ...diagnostics }: Diagnostics): string {
  const report = {
    app: APP_NAME,
    ui_version: APP_VERSION,
    shown_in: runsInShell() ? "window" : "browser",
    user_agent: navigator.userAgent,
    ...diagnostics,
    data_dir: redactHomeDir(data_dir),
  }
  return JSON.stringify(report, null, 2)
}
