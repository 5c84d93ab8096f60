import type { ComponentProps } from "react"
import { formatDateTime } from "@/engine/lib/format"
import { cn } from "@/lib/utils"

/** An instant in the user's language and time zone, with tabular digits. `at` is ISO 8601. */
export function DateTime({ at, className, ...props }: { at: string } & ComponentProps<"time">) {
  return (
    <time dateTime={at} className={cn("block truncate tabular-nums", className)} {...props}>
      {formatDateTime(at)}
    </time>
  )
}
