import { expect, test } from "vitest"
import { redactHomeDir } from "@/engine/about/diagnostics-report"

test.each([
  ["/home/ada/.local/share/app", "~/.local/share/app"],
  ["/Users/ada/Library/app", "~/Library/app"],
  ["C:\\Users\\Ada L\\AppData\\app", "~\\AppData\\app"],
  ["/root/app", "~/app"],
  ["/rooted/home/ada", "/rooted/home/ada"],
  ["/srv/app", "/srv/app"],
])("redactHomeDir turns %s into %s", (path, redacted) => {
  expect(redactHomeDir(path)).toBe(redacted)
})
