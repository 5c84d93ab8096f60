import type { ComponentProps } from "react"
import { cn } from "@/lib/utils"

/**
 * One line of text that a person typed. It is cut where it ends, in a right-to-left script on the left, and moves
 * nothing around it.
 */
export function TextLine({ className, ...props }: ComponentProps<"span">) {
  return <span dir="auto" className={cn("block truncate text-left", className)} {...props} />
}
