import { expect, test } from "vitest"
import { describePattern } from "@/engine/forms/describe-pattern"

test.each([
  ["^[A-Z]{3}$", "In this form: 3 capital letters A–Z."],
  ["/^\\d+$/", "In this form: 1 or more digits."],
  ["^[a-z0-9_-]{2,20}$", "In this form: 2 to 20 of: small letters a–z, digits, _, -."],
  ["^INV-\\d{4}$", "In this form: “INV-”, then 4 digits."],
  ["^#[0-9A-F]{6}$", "In this form: ^#[0-9A-F]{6}$"],
  ["^(a|b)$", "In this form: ^(a|b)$"],
  ["[A-Z]", "In this form: [A-Z]"],
  ["^[^\\x00]*$", "Holds a character that can't be stored."],
  [
    "^[A-Za-z ]*\\.\\d?$",
    "In this form: 0 or more of: letters A–Z, spaces, then “.”, then at most 1 digit.",
  ],
])("%s is put into words where it can be", (pattern, words) => {
  expect(describePattern(pattern)).toBe(words)
})
