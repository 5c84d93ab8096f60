import { expect, test } from "vitest"
import { formatBytes, initials } from "@/engine/lib/format"

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_500, "1.5 kB"],
  [45_056, "45.1 kB"],
  [12_000_000, "12 MB"],
  [3_000_000_000_000, "3,000 GB"],
])("formatBytes(%d) is %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  ["Ada King Lovelace", "AL"],
  ["ada.lovelace@example.com", "AL"],
  ["ada", "A"],
  ["<script>alert(1)</script>", "S"],
  ["(Someone) - <b>", "SB"],
  ["élan 2nd", "É2"],
  ["…", "?"],
])("the initials of %s are %s", (name, letters) => {
  expect(initials(name)).toBe(letters)
})
