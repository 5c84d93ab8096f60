import { expect, test } from "vitest"
import * as z from "zod/mini"
import { createFieldMessage } from "@/engine/forms/validation"

const fieldMessage = createFieldMessage({
  title: "Title",
  full_name: "Full Name",
  password: "Password",
  current_password: "Password",
  new_password: "Password",
  confirm_password: "Password confirmation",
})
const words = (schema: z.ZodMiniType, input: unknown) =>
  schema.safeParse(input, { error: fieldMessage }).error?.issues[0]?.message

const number = z.int().check(z.gte(1), z.lte(100_000))
const required = "This field is required."

test.each([
  ["a text left empty", z.string().check(z.minLength(1)), "", required],
  ["a short text", z.string().check(z.minLength(8)), "short", "At least 8 characters."],
  ["a long text", z.string().check(z.maxLength(2)), "long", "At most 2 characters."],
  ["an email left empty", z.email(), "", "Invalid email address"],
  ["a long text left empty", z.string().check(z.minLength(8)), "", required],
  ["no email", z.email(), "ada", "Invalid email address"],
  ["a number left empty", number, Number.NaN, required],
  ["a low number", number, 0, "At least 1."],
  ["a high number", number, 200_000, "At most 100000."],
  ["a number that is not more", z.number().check(z.gt(0)), 0, "More than 0."],
  ["a number that is not less", z.number().check(z.lt(1)), 1, "Less than 1."],
  ["a large number", z.coerce.bigint().check(z.lte(9n)), 10, "At most 9."],
  ["half a number", number, 1.5, "A whole number."],
  ["a text for a number", z.number(), "one", "A number."],
  ["a number between steps", z.number().check(z.multipleOf(5)), 3, "A multiple of 5."],
  ["a date left empty", z.iso.date(), "", required],
  ["no date", z.iso.date(), "2026-02-30", "A date, as in 2026-01-31."],
  ["a moment left empty", z.iso.datetime(), "", required],
  ["no moment", z.iso.datetime(), "noon", "A date and time."],
  ["nothing chosen", z.enum(["a", "b"]), "", required],
  ["none chosen of a list", z.array(z.string()).check(z.minLength(1)), [], required],
  [
    "too many of a list",
    z.array(z.string()).check(z.maxLength(1)),
    ["a", "b"],
    "At most 1 of them.",
  ],
  ["no member of a list", z.enum(["a", "b"]), "c", "One of: a, b."],
  ["no web address", z.url(), "ada", "A web address, as in https://example.com."],
  [
    "a pattern not followed",
    z.string().check(z.regex(/^[A-Z]{3}$/)),
    "x",
    "In this form: 3 capital letters A–Z.",
  ],
  ["a format without words", z.base64(), "?", /^In this form: |^Not in the/],
  ["two kinds, neither", z.union([z.number(), z.boolean()]), "x", "This value can't be used here."],
])("%s is told in the words of its kind", (_, schema, input, said) => {
  expect(words(schema, input)).toEqual(
    typeof said === "string" ? said : expect.stringMatching(said),
  )
})

const named = (field: string, schema: z.ZodMiniType, input: unknown) =>
  z.object({ [field]: schema }).safeParse({ [field]: input }, { error: fieldMessage }).error
    ?.issues[0]?.message

test.each([
  ["title", 1, "", "Title is required"],
  ["full_name", 1, "", "Full Name is required"],
  ["password", 8, "", "Password is required"],
  ["password", 8, "short", "Password must be at least 8 characters"],
  ["new_password", 8, "short", "Password must be at least 8 characters"],
  ["current_password", 1, "", "Password is required"],
  ["confirm_password", 1, "", "Password confirmation is required"],
  ["anything_else", 8, "short", "At least 8 characters."],
])("a message names the field %s", (field, minimum, input, said) => {
  expect(named(field, z.string().check(z.minLength(minimum)), input)).toBe(said)
})

test("forms compile no validators, as the content security policy asks", () => {
  expect(z.config().jitless).toBe(true)
})
