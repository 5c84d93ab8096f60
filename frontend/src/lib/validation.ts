import { config, type core } from "zod/mini"

// Zod would otherwise compile validators with `new Function`, which the content security policy forbids.
config({ jitless: true })

/** The words for what the generated schemas can find wrong with a text field. */
export function fieldMessage(issue: core.$ZodRawIssue): string | undefined {
  if (issue.code === "too_small") {
    return issue.minimum === 1 ? "This field is required." : `At least ${issue.minimum} characters.`
  }
  if (issue.code === "too_big") return `At most ${issue.maximum} characters.`
  if (issue.code === "invalid_format" && issue.format === "email") return "Invalid email address"
  return undefined
}
