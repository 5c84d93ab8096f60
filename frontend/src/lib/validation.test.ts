import { expect, test } from "vitest"
import * as z from "zod/mini"
import { fieldMessage } from "@/lib/validation"

const words = (schema: z.ZodMiniType, input: unknown) =>
  schema.safeParse(input, { error: fieldMessage }).error?.issues[0]?.message

const number = z.int().check(z.gte(1), z.lte(100_000))
const required = "This field is required."

test.each([
  ["a text left empty", z.string().check(z.minLength(1)), "", required],
  ["a short text", z.string().check(z.minLength(8)), "short", "At least 8 characters."],
  ["a long text", z.string().check(z.maxLength(2)), "long", "At most 2 characters."],
  ["an email left empty", z.email(), "", required],
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
])("%s is told in the words of its kind", (_, schema, input, said) => {
  expect(words(schema, input)).toBe(said)
})

test("forms compile no validators, as the content security policy asks", () => {
  expect(z.config().jitless).toBe(true)
})
