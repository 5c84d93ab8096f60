import { Link } from "@tanstack/react-router"
import { Cloud } from "lucide-react"
import { sidebarRowClasses } from "@/engine/components/sidebar-button"
import { serverUrl } from "@/engine/connection/connection"
import { useStore } from "@/engine/lib/store"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import { cn } from "@/lib/utils"

const hostOf = (url: string) => new URL(url).host

/** Sidebar link with the server's host name. Renders nothing without a server. */
export function ServerLink({ compact }: { compact: boolean }) {
  const url = useStore(serverUrl)
  if (!url) return null
  return (
    <Link
      to="/settings"
      search={{ tab: "application" }}
      title={`Server: ${url}`}
      aria-label={`Server: ${hostOf(url)}`}
      className={cn(sidebarRowClasses, "text-xs")}
    >
      <Cloud aria-hidden />
      {!compact && <span className="truncate">{hostOf(url)}</span>}
    </Link>
  )
}

/** For the login page: the server's host name, and a button to switch back. Renders nothing without a server. */
export function LoginServerInfo() {
  const url = useStore(serverUrl)
  if (!url) return null
  return (
    <div className="grid justify-items-center gap-1">
      <p className="flex max-w-xs items-center gap-2 break-all text-muted-foreground text-sm">
        <Cloud className="size-4 shrink-0" aria-hidden />
        {hostOf(url)}
      </p>
      <LeaveServerButton variant="ghost" size="sm" />
    </div>
  )
}
