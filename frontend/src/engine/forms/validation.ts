import "@/engine/forms/zod-csp"
import type { core } from "zod/mini"
import { describePattern } from "@/engine/forms/describe-pattern"

const REQUIRED = "This field is required."

/** Whether the input is empty; the value of an empty number field is NaN. */
const isEmpty = (input: unknown) =>
  input === "" || input === undefined || input === null || Number.isNaN(input)

/**
 * Returns a Zod error map, which describes an invalid field to the user. `labels` maps a field's name to the label in
 * messages about an empty value or a short text ("Title is required"). All other messages have no label.
 */
export function createErrorMap(
  labels: Record<string, string>,
): (issue: core.$ZodRawIssue) => string {
  return (issue) => describe(issue, labels[String(issue.path?.at(-1))])
}

function describe(issue: core.$ZodRawIssue, subject: string | undefined): string {
  const required = subject ? `${subject} is required` : REQUIRED
  switch (issue.code) {
    case "too_small":
      return isEmpty(issue.input) ? required : tooSmall(issue, subject)
    case "too_big":
      return tooBig(issue)
    case "not_multiple_of":
      return `Enter a multiple of ${issue.divisor}.`
    case "invalid_type":
      return isEmpty(issue.input) ? required : (TYPES[issue.expected] ?? INVALID)
    case "invalid_value":
      return isEmpty(issue.input) ? required : oneOf(issue.values)
    case "invalid_format":
      if (issue.format === "email") return "Invalid email address"
      return issue.input === "" ? required : format(issue)
    default:
      return INVALID
  }
}

const INVALID = "Invalid value."

const TYPES: Record<string, string> = { int: "Enter a whole number.", number: "Enter a number." }

const FORMATS: Record<string, string> = {
  date: "Enter a date such as 2026-01-31.",
  datetime: "Enter a date and time.",
  time: "Enter a time such as 09:30.",
  url: "Enter a URL such as https://example.com.",
  uuid: "Enter an ID such as 123e4567-e89b-42d3-a456-426614174000.",
  ipv4: "Enter an IP address such as 192.0.2.1.",
}

function format(issue: core.$ZodRawIssue<core.$ZodIssueInvalidStringFormat>): string {
  const message = FORMATS[issue.format] ?? (issue.pattern && describePattern(issue.pattern))
  return message || "Invalid format."
}

const oneOf = (values: readonly unknown[]) => `Choose one of: ${values.map(String).join(", ")}.`

function tooSmall(
  { origin, minimum, inclusive }: Pick<core.$ZodIssueTooSmall, "origin" | "minimum" | "inclusive">,
  subject: string | undefined,
): string {
  if (origin === "string") {
    return subject
      ? `${subject} must be at least ${minimum} characters`
      : `At least ${minimum} characters.`
  }
  if (origin === "array") return minimum === 1 ? REQUIRED : `Choose at least ${minimum}.`
  if (isNumber(origin)) return inclusive ? `At least ${minimum}.` : `More than ${minimum}.`
  return INVALID
}

function tooBig({
  origin,
  maximum,
  inclusive,
}: Pick<core.$ZodIssueTooBig, "origin" | "maximum" | "inclusive">): string {
  if (origin === "string") return `At most ${maximum} characters.`
  if (origin === "array") return `Choose at most ${maximum}.`
  if (isNumber(origin)) return inclusive ? `At most ${maximum}.` : `Less than ${maximum}.`
  return INVALID
}

const isNumber = (origin: string) => ["number", "int", "bigint"].includes(origin)
