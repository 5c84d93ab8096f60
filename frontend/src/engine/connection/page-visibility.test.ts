import { expect, test } from "vitest"
import { isPageVisible } from "@/engine/connection/page-visibility"
import { ServerFailure } from "@/engine/shell"

const failure = { code: "died", message: "It died.", log_tail: [] }
const unserved = (code: string) => ({
  status: "server_unavailable" as const,
  failure: new ServerFailure(code, code),
  trying: false,
})

test("a page is in sight unless a screen covers it", () => {
  for (const status of ["ready", "migrating", "offline"] as const) {
    expect(isPageVisible({ status })).toBe(true)
  }
  expect(isPageVisible({ status: "starting", slow: true })).toBe(true)
  expect(isPageVisible({ status: "restarting", attempt: 1, of: 3 })).toBe(true)
  expect(isPageVisible(unserved("server_busy"))).toBe(true)
  expect(isPageVisible(unserved("certificate"))).toBe(false)
  for (const status of ["failed", "given_up"] as const) {
    expect(isPageVisible({ status, failure })).toBe(false)
  }
  for (const status of ["stopping", "connecting", "unauthorized"] as const) {
    expect(isPageVisible({ status })).toBe(false)
  }
})
