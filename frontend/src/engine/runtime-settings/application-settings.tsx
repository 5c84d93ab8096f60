import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import type { SettingsPublic } from "@/client/types.gen"
import { Card } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { LoadError } from "@/engine/components/load-error"
import { serverUrl } from "@/engine/connection/connection"
import { useStore } from "@/engine/lib/store"
import { ConfigFaultNotice } from "@/engine/runtime-settings/config-fault-notice"
import { FoldersSection } from "@/engine/runtime-settings/folders-section"
import { LogLevelSection } from "@/engine/runtime-settings/log-level-section"
import { PortSection } from "@/engine/runtime-settings/port-section"
import { settingsQuery } from "@/engine/runtime-settings/queries"
import { RestartNotice } from "@/engine/runtime-settings/restart-notice"
import { ServerSection } from "@/engine/server/server-section"
import { runsInShell } from "@/engine/shell"

interface ApplicationSettingsProps {
  /** Renders the settings of the app, above those of the engine. */
  children: (settings: SettingsPublic) => ReactNode
}

/** Runtime settings of the local backend, server choice and folders. A server's settings are set on the server. */
export function ApplicationSettings({ children }: ApplicationSettingsProps) {
  const url = useStore(serverUrl)
  return (
    <>
      {!url && <BackendSettings>{children}</BackendSettings>}
      {runsInShell() && (
        <>
          <ServerSection url={url} />
          <FoldersSection />
        </>
      )}
    </>
  )
}

function BackendSettings({ children }: ApplicationSettingsProps) {
  const { data, error, isFetching, refetch } = useQuery(settingsQuery)
  if (!data && error) {
    return (
      <Card>
        <LoadError
          title="The settings could not be loaded"
          error={error}
          retrying={isFetching}
          onRetry={() => refetch()}
        />
      </Card>
    )
  }
  if (!data) {
    return (
      <div role="status" aria-label="Loading settings" className="grid gap-6">
        <Skeleton className="h-28" />
        <Skeleton className="h-44" />
        <Skeleton className="h-28" />
      </div>
    )
  }
  const { config_fault, ...states } = data
  const restartNeeded = Object.values(states).some((state) => state.restart_needed)
  return (
    <>
      {config_fault && <ConfigFaultNotice fault={config_fault} />}
      {restartNeeded && <RestartNotice />}
      {children(data)}
      <LogLevelSection state={data.LOG_LEVEL} />
      <PortSection state={data.PORT} />
    </>
  )
}
