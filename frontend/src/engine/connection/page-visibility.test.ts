import { expect, test } from "vitest"
import { hasPage } from "@/engine/connection/page-visibility"
import { ServerFailure } from "@/engine/shell"

const failure = { code: "died", message: "It died.", log_tail: [] }
const unserved = (code: string) => ({
  status: "unserved" as const,
  failure: new ServerFailure(code, code),
  trying: false,
})

test("a page is in sight unless a screen covers it", () => {
  for (const status of ["ready", "migrating", "offline"] as const) {
    expect(hasPage({ status })).toBe(true)
  }
  expect(hasPage({ status: "starting", slow: true })).toBe(true)
  expect(hasPage({ status: "restarting", attempt: 1, of: 3 })).toBe(true)
  expect(hasPage(unserved("server_busy"))).toBe(true)
  expect(hasPage(unserved("certificate"))).toBe(false)
  for (const status of ["failed", "given_up"] as const) {
    expect(hasPage({ status, failure })).toBe(false)
  }
  for (const status of ["stopping", "connecting", "locked"] as const) {
    expect(hasPage({ status })).toBe(false)
  }
})
