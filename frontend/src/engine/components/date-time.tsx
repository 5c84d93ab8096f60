import type { ComponentProps } from "react"
import { formatDateTime } from "@/engine/lib/format"
import { cn } from "@/lib/utils"

/** A date and time in the user's language and time zone. `at` is ISO 8601. */
export function DateTime({ at, className, ...props }: { at: string } & ComponentProps<"time">) {
  return (
    <time dateTime={at} className={cn("block truncate tabular-nums", className)} {...props}>
      {formatDateTime(at)}
    </time>
  )
}
