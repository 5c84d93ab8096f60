import type { LucideIcon } from "lucide-react"
import type { ComponentProps } from "react"
import { cn } from "@/lib/utils"

/** Classes of buttons and links in the sidebar. */
export const sidebarRowClasses =
  "flex h-9 w-full items-center gap-3 rounded-md px-2.5 font-medium text-sm text-muted-foreground transition-colors hover:bg-sidebar-accent hover:text-foreground [&_svg]:size-[1.125rem] [&_svg]:shrink-0"

interface SidebarButtonProps extends ComponentProps<"button"> {
  icon: LucideIcon
  label: string
  /** Shows the icon only; the label is the accessible name and the tooltip. */
  compact: boolean
}

/** A button in the sidebar. */
export function SidebarButton({
  icon: Icon,
  label,
  compact,
  className,
  ...props
}: SidebarButtonProps) {
  return (
    <button
      type="button"
      aria-label={compact ? label : undefined}
      title={compact ? label : undefined}
      className={cn(sidebarRowClasses, className)}
      {...props}
    >
      <Icon aria-hidden />
      {!compact && label}
    </button>
  )
}
