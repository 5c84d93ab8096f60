import type { LucideIcon } from "lucide-react"
import type { ComponentProps, ReactNode } from "react"
import { cn } from "@/lib/utils"

interface EmptyStateProps extends Omit<ComponentProps<"div">, "title"> {
  icon: LucideIcon
  title: string
  description: ReactNode
  /** Use h1 if the page shows nothing else, `p` if the page's heading already names the content. */
  heading?: "h1" | "h2" | "p"
}

/** Placeholder for missing content. `children` are buttons for the next step. */
export function EmptyState({
  icon: Icon,
  title,
  description,
  heading: Heading = "h2",
  children,
  className,
  ...props
}: EmptyStateProps) {
  return (
    <div
      className={cn("flex flex-col items-center gap-5 px-6 py-14 text-center", className)}
      {...props}
    >
      <span className="flex size-12 items-center justify-center rounded-full bg-muted text-muted-foreground">
        <Icon className="size-5" aria-hidden />
      </span>
      <div className="grid max-w-sm gap-1.5">
        <Heading className="font-semibold">{title}</Heading>
        <div className="whitespace-pre-line text-muted-foreground text-sm">{description}</div>
      </div>
      {children && <div className="flex flex-wrap justify-center gap-2">{children}</div>}
    </div>
  )
}
