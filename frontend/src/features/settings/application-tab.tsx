import { useQuery } from "@tanstack/react-query"
import { Card } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import {
  ConfigFaultNotice,
  FoldersSection,
  LoadError,
  LogLevelSection,
  PortSection,
  RestartNotice,
  runsInShell,
  ServerSection,
  server,
  settingsQuery,
  useStore,
} from "@/engine"
import { AuthSection } from "@/features/settings/application/auth-section"

export function ApplicationTab() {
  const url = useStore(server)
  return (
    <>
      {!url && <BackendSettings />}
      {runsInShell() && (
        <>
          <ServerSection url={url} />
          <FoldersSection />
        </>
      )}
    </>
  )
}

/** Those of this computer's backend. A server's are set where it runs. */
function BackendSettings() {
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
  const { AUTH_REQUIRED, PORT, LOG_LEVEL, config_fault } = data
  const restartNeeded = [AUTH_REQUIRED, PORT, LOG_LEVEL].some((state) => state.restart_needed)
  return (
    <>
      {config_fault && <ConfigFaultNotice fault={config_fault} />}
      {restartNeeded && <RestartNotice />}
      <AuthSection state={AUTH_REQUIRED} />
      <LogLevelSection state={LOG_LEVEL} />
      <PortSection state={PORT} />
    </>
  )
}
