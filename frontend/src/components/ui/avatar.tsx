import { initials } from "@/engine"
import { cn } from "@/lib/utils"

export function Avatar({ name, className }: { name: string; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn(
        "flex size-8 shrink-0 select-none items-center justify-center rounded-full bg-primary/10 font-semibold text-primary text-xs",
        className,
      )}
    >
      {initials(name)}
    </span>
  )
}
