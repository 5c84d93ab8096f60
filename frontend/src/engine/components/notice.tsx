import type { LucideIcon } from "lucide-react"
import type { ComponentProps, ReactNode } from "react"
import { cn } from "@/lib/utils"

interface NoticeProps extends ComponentProps<"div"> {
  icon: LucideIcon
  /** Button next to the message. */
  action?: ReactNode
}

/** A highlighted message on a page. */
export function Notice({ icon: Icon, action, className, children, ...props }: NoticeProps) {
  return (
    <div
      className={cn(
        "flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-primary/40 bg-primary/5 px-4 py-3 text-sm",
        className,
      )}
      {...props}
    >
      <Icon className="size-4 shrink-0 text-primary" aria-hidden />
      <div className="min-w-0 flex-1 basis-56 break-words">{children}</div>
      {action}
    </div>
  )
}
