import { createLink } from "@tanstack/react-router"
import type { ComponentProps } from "react"
import { cn } from "@/lib/utils"

function Anchor({ className, ...props }: ComponentProps<"a">) {
  return (
    <a
      className={cn(
        "rounded-sm font-medium text-primary underline-offset-4 hover:underline",
        className,
      )}
      {...props}
    />
  )
}

/** A text link of the authentication pages. */
export const AuthLink = createLink(Anchor)
