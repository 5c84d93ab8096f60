import { expect, test } from "vitest"
import { internalPath } from "@/engine/lib/internal-path"

test.each([["/"], ["/items?page=2&q=a%20b#top"], ["/settings?tab=data"]])(
  "%s is an internal path",
  (address) => expect(internalPath(address)).toBe(address),
)

test.each([
  ["//evil.example"],
  ["/\\evil.example"],
  ["/\t/evil.example"],
  ["/.//evil.example"],
  ["/a/..//evil.example"],
  ["https://evil.example/items"],
  ["javascript:alert(1)"],
  ["items"],
  ["/\u0000:\\"],
  [""],
  [7],
  [undefined],
  [["/items"]],
])("%j is not an internal path, or resolves within the app", (address) => {
  const path = internalPath(address)
  expect(path === undefined || new URL(path, "http://app.test").origin === "http://app.test").toBe(
    true,
  )
  expect(path ?? "").not.toContain("evil")
})
