import type { ComponentProps } from "react"
import { cn } from "@/lib/utils"

export function Skeleton({ className, ...props }: ComponentProps<"span">) {
  return (
    <span
      aria-hidden
      className={cn("block animate-pulse rounded-md bg-muted-foreground/15", className)}
      {...props}
    />
  )
}
