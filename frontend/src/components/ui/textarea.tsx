import type { ComponentProps } from "react"
import { fieldClasses } from "@/components/ui/input"
import { cn } from "@/lib/utils"

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      data-slot="textarea"
      dir="auto"
      className={cn(fieldClasses, "min-h-24 resize-y py-2", className)}
      {...props}
    />
  )
}
