import type { ComponentProps } from "react"
import { cn } from "@/lib/utils"

/** One line of user-entered text, truncated with an ellipsis. Its direction follows its script and does not affect the layout. */
export function TruncatedText({ className, ...props }: ComponentProps<"span">) {
  return <span dir="auto" className={cn("block truncate text-left", className)} {...props} />
}
