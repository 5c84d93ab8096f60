import "@/engine/forms/zod-csp"
import { zodResolver } from "@hookform/resolvers/zod"
import { type core, object, pipe, string, transform } from "zod/mini"
import type { SettingsUpdate } from "@/client/types.gen"
import { zSettingsUpdate } from "@/client/zod.gen"

export interface PortFormValues {
  PORT: string
}

/** Describes an invalid port to the user. */
function portMessage(issue: core.$ZodRawIssue): string {
  if (issue.code === "too_small") return `At least ${issue.minimum}.`
  if (issue.code === "too_big") return `At most ${issue.maximum}.`
  return "Enter a whole number."
}

const parsed = pipe(
  object({ PORT: string() }),
  transform(
    ({ PORT }): Pick<SettingsUpdate, "PORT"> => ({
      PORT: PORT.trim() ? Number(PORT) : Number.NaN,
    }),
  ),
)

export const portFormResolver = zodResolver(pipe(parsed, zSettingsUpdate), { error: portMessage })
