import { expect, test } from "vitest"
import { describePattern } from "@/engine/forms/describe-pattern"

test.each([
  ["^[A-Z]{3}$", "Expected format: 3 uppercase letters A–Z."],
  ["/^\\d+$/", "Expected format: 1 or more digits."],
  ["^\\d{1}$", "Expected format: 1 digit."],
  ["^[a-z0-9_-]{2,20}$", "Expected format: 2 to 20 of: lowercase letters a–z, digits, _, -."],
  ["^INV-\\d{4}$", "Expected format: “INV-”, then 4 digits."],
  ["^#[0-9A-F]{6}$", "Expected format: ^#[0-9A-F]{6}$"],
  ["^(a|b)$", "Expected format: ^(a|b)$"],
  ["[A-Z]", "Expected format: [A-Z]"],
  ["^[^\\x00]*$", "Contains a character that can't be stored."],
  [
    "^[A-Za-z ]*\\.\\d?$",
    "Expected format: 0 or more of: letters A–Z, spaces, then “.”, then at most 1 digit.",
  ],
])("describePattern describes %s", (pattern, words) => {
  expect(describePattern(pattern)).toBe(words)
})
