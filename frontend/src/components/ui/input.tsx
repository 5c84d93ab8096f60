import type { ComponentProps } from "react"
import { cn } from "@/lib/utils"

export const fieldClasses =
  "w-full min-w-0 rounded-md border border-input bg-card px-3 text-base shadow-xs transition-colors placeholder:text-muted-foreground focus-visible:border-ring focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-ring disabled:cursor-not-allowed disabled:opacity-50 aria-invalid:border-danger-text md:text-sm"

/** Text gets the direction of its script, except passwords: their direction would reveal the script. */
export function Input({ className, type, ...props }: ComponentProps<"input">) {
  return (
    <input
      data-slot="input"
      type={type}
      dir={type === "password" ? undefined : "auto"}
      className={cn(fieldClasses, "h-9", className)}
      {...props}
    />
  )
}
