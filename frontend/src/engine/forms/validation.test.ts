import { expect, test } from "vitest"
import * as z from "zod/mini"
import { createErrorMap } from "@/engine/forms/validation"

const errorMap = createErrorMap({
  title: "Title",
  full_name: "Full Name",
  password: "Password",
  current_password: "Password",
  new_password: "Password",
  confirm_password: "Password confirmation",
})
const message = (schema: z.ZodMiniType, input: unknown) =>
  schema.safeParse(input, { error: errorMap }).error?.issues[0]?.message

const number = z.int().check(z.gte(1), z.lte(100_000))
const required = "This field is required."

test.each([
  ["an empty text", z.string().check(z.minLength(1)), "", required],
  ["a short text", z.string().check(z.minLength(8)), "short", "At least 8 characters."],
  ["a long text", z.string().check(z.maxLength(2)), "long", "At most 2 characters."],
  ["an empty email", z.email(), "", "Invalid email address"],
  ["an empty text with a minimum", z.string().check(z.minLength(8)), "", required],
  ["an invalid email", z.email(), "ada", "Invalid email address"],
  ["an empty number", number, Number.NaN, required],
  ["a low number", number, 0, "At least 1."],
  ["a high number", number, 200_000, "At most 100000."],
  ["a number at the exclusive minimum", z.number().check(z.gt(0)), 0, "More than 0."],
  ["a number at the exclusive maximum", z.number().check(z.lt(1)), 1, "Less than 1."],
  ["a large number", z.coerce.bigint().check(z.lte(9n)), 10, "At most 9."],
  ["a fraction", number, 1.5, "Enter a whole number."],
  ["a text for a number", z.number(), "one", "Enter a number."],
  [
    "a number that is not a multiple",
    z.number().check(z.multipleOf(5)),
    3,
    "Enter a multiple of 5.",
  ],
  ["an empty date", z.iso.date(), "", required],
  ["an invalid date", z.iso.date(), "2026-02-30", "Enter a date such as 2026-01-31."],
  ["an empty datetime", z.iso.datetime(), "", required],
  ["an invalid datetime", z.iso.datetime(), "noon", "Enter a date and time."],
  ["an empty choice", z.enum(["a", "b"]), "", required],
  ["an empty list", z.array(z.string()).check(z.minLength(1)), [], required],
  [
    "a list with too many members",
    z.array(z.string()).check(z.maxLength(1)),
    ["a", "b"],
    "Choose at most 1.",
  ],
  ["an unknown choice", z.enum(["a", "b"]), "c", "Choose one of: a, b."],
  ["an invalid URL", z.url(), "ada", "Enter a URL such as https://example.com."],
  [
    "a pattern mismatch",
    z.string().check(z.regex(/^[A-Z]{3}$/)),
    "x",
    "Expected format: 3 uppercase letters A–Z.",
  ],
  ["a format without a description", z.base64(), "?", /^Expected format: |^Invalid format/],
  ["a union mismatch", z.union([z.number(), z.boolean()]), "x", "Invalid value."],
])("%s has the expected message", (_, schema, input, expected) => {
  expect(message(schema, input)).toEqual(
    typeof expected === "string" ? expected : expect.stringMatching(expected),
  )
})

const messageOfField = (field: string, schema: z.ZodMiniType, input: unknown) =>
  z.object({ [field]: schema }).safeParse({ [field]: input }, { error: errorMap }).error?.issues[0]
    ?.message

test.each([
  ["title", 1, "", "Title is required"],
  ["full_name", 1, "", "Full Name is required"],
  ["password", 8, "", "Password is required"],
  ["password", 8, "short", "Password must be at least 8 characters"],
  ["new_password", 8, "short", "Password must be at least 8 characters"],
  ["current_password", 1, "", "Password is required"],
  ["confirm_password", 1, "", "Password confirmation is required"],
  ["anything_else", 8, "short", "At least 8 characters."],
])("a message names the field %s", (field, minimum, input, expected) => {
  expect(messageOfField(field, z.string().check(z.minLength(minimum)), input)).toBe(expected)
})

test("Zod runs without compiled validators, as the content security policy requires", () => {
  expect(z.config().jitless).toBe(true)
})
