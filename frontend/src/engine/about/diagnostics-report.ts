import type { Diagnostics } from "@/client/types.gen"
import { APP_NAME, APP_VERSION } from "@/engine/lib/app-info"
import { runsInShell } from "@/engine/shell"

const HOME_DIR =
  /^((?:\/var)?\/home\/[^/]+|\/Users\/[^/]+|\/root|[A-Za-z]:\\Users\\[^\\]+)(?=[/\\]|$)/

/** Replaces the home directory in a path by "~", because it contains the user name. */
export const redactHomeDir = (path: string): string => path.replace(HOME_DIR, "~")

/** JSON for a problem report, without secrets and user names. */
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
