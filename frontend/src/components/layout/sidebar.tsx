import { Link } from "@tanstack/react-router"
import { House, Package, PanelLeftClose, PanelLeftOpen, Settings, Users } from "lucide-react"
import { NavUser } from "@/components/layout/nav-user"
import { APP_NAME, Logo, ServerLink, SidebarButton, sidebarRowClasses, ThemeMenu } from "@/engine"
import { useCanManageUsers } from "@/features/users/use-can-manage-users"
import { cn } from "@/lib/utils"

const pages = [
  { to: "/", label: "Home", icon: House },
  { to: "/items", label: "Items", icon: Package },
  { to: "/admin", label: "Admin", icon: Users },
  { to: "/settings", label: "Settings", icon: Settings },
] as const

interface SidebarProps {
  compact?: boolean
  /** Omitted if the sidebar can't be collapsed: in the sheet of small windows. */
  onToggleCompact?: () => void
}

export function Sidebar({ compact = false, onToggleCompact }: SidebarProps) {
  const canManageUsers = useCanManageUsers()
  return (
    <div className="flex h-full flex-col gap-1 p-3">
      <div className={cn("flex min-h-11 items-center gap-3 px-1.5", compact && "px-0.5")}>
        <Logo className="size-8 shrink-0" />
        {!compact && (
          <span dir="auto" className="line-clamp-2 text-left font-semibold text-sm leading-tight">
            {APP_NAME}
          </span>
        )}
      </div>
      <nav aria-label="Main" className="mt-4 grid gap-1">
        {pages
          .filter(({ to }) => canManageUsers || to !== "/admin")
          .map(({ to, label, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === "/", includeSearch: false }}
              aria-label={compact ? label : undefined}
              title={compact ? label : undefined}
              className={cn(
                sidebarRowClasses,
                "data-[status=active]:bg-sidebar-accent data-[status=active]:text-foreground data-[status=active]:[&_svg]:text-primary",
              )}
            >
              <Icon aria-hidden />
              {!compact && label}
            </Link>
          ))}
      </nav>
      <div className="mt-auto grid gap-1">
        {onToggleCompact && (
          <SidebarButton
            icon={compact ? PanelLeftOpen : PanelLeftClose}
            label={compact ? "Expand sidebar" : "Collapse sidebar"}
            compact={compact}
            onClick={onToggleCompact}
          />
        )}
        <ThemeMenu compact={compact} />
        <ServerLink compact={compact} />
        <NavUser compact={compact} />
      </div>
    </div>
  )
}
