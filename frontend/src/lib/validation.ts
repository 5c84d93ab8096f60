import "@/lib/zod-csp"
import type { core } from "zod/mini"

const REQUIRED = "This field is required."

/** What a form's input holds when nobody has typed or chosen anything; NaN is a number field's. */
const isNothing = (input: unknown) =>
  input === "" || input === undefined || input === null || Number.isNaN(input)

/** The words for what the generated schemas can find wrong with a field; for anything else zod has its own. */
export function fieldMessage(issue: core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "too_small":
      return tooSmall(issue)
    case "too_big":
      return tooBig(issue)
    case "not_multiple_of":
      return `A multiple of ${issue.divisor}.`
    case "invalid_type":
      return isNothing(issue.input) ? REQUIRED : TYPES[issue.expected]
    case "invalid_value":
      return isNothing(issue.input) ? REQUIRED : undefined
    case "invalid_format":
      return issue.input === "" ? REQUIRED : FORMATS[issue.format]
  }
}

const TYPES: Record<string, string> = { int: "A whole number.", number: "A number." }

const FORMATS: Record<string, string> = {
  email: "Invalid email address",
  date: "A date, as in 2026-01-31.",
  datetime: "A date and time.",
  time: "A time, as in 09:30.",
}

function tooSmall({
  origin,
  minimum,
  inclusive,
}: Pick<core.$ZodIssueTooSmall, "origin" | "minimum" | "inclusive">): string | undefined {
  if (origin === "string") return minimum === 1 ? REQUIRED : `At least ${minimum} characters.`
  if (origin === "array") return minimum === 1 ? REQUIRED : `At least ${minimum} of them.`
  if (isNumber(origin)) return inclusive ? `At least ${minimum}.` : `More than ${minimum}.`
}

function tooBig({
  origin,
  maximum,
  inclusive,
}: Pick<core.$ZodIssueTooBig, "origin" | "maximum" | "inclusive">): string | undefined {
  if (origin === "string") return `At most ${maximum} characters.`
  if (origin === "array") return `At most ${maximum} of them.`
  if (isNumber(origin)) return inclusive ? `At most ${maximum}.` : `Less than ${maximum}.`
}

const isNumber = (origin: string) => ["number", "int", "bigint"].includes(origin)
