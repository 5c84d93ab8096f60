import { expect, test } from "vitest"
import { isPageShown } from "@/engine/connection/connection-states"
import { ServerFailure } from "@/engine/shell"

const failure = { code: "exited_unexpectedly", message: "It exited.", log_tail: [] }
const unavailable = (code: string) => ({
  status: "server_unavailable" as const,
  failure: new ServerFailure(code, code),
  retrying: false,
})

test("a page is shown unless a full screen covers it or the app is closing", () => {
  for (const status of ["ready", "migrating", "offline"] as const) {
    expect(isPageShown({ status })).toBe(true)
  }
  expect(isPageShown({ status: "starting", slow: true })).toBe(true)
  expect(isPageShown({ status: "restarting", attempt: 1, of: 3 })).toBe(true)
  expect(isPageShown(unavailable("server_busy"))).toBe(true)
  expect(isPageShown(unavailable("certificate"))).toBe(false)
  for (const status of ["failed", "restart_failed"] as const) {
    expect(isPageShown({ status, failure })).toBe(false)
  }
  for (const status of ["stopping", "connecting", "unauthorized"] as const) {
    expect(isPageShown({ status })).toBe(false)
  }
})
