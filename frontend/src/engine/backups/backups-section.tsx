import { useQuery, useSuspenseQuery } from "@tanstack/react-query"
import { Archive } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import type { BackupPublic } from "@/client/types.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { Skeleton } from "@/components/ui/skeleton"
import { aboutQuery } from "@/engine/about/queries"
import { BackupsTable } from "@/engine/backups/backups-table"
import { backupsQuery, useCreateBackup } from "@/engine/backups/queries"
import { RestoreDialog } from "@/engine/backups/restore-dialog"
import { EmptyState } from "@/engine/components/empty-state"
import { LoadError } from "@/engine/components/load-error"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"

/** Backups of the local database. In server mode, how to back up the database on the server. */
export function BackupsSection() {
  const { data: about } = useSuspenseQuery(aboutQuery)
  if (!about.server) return <LocalBackups />
  return (
    <SettingsSection
      title="Backups"
      description="A PostgreSQL database is backed up and restored on the server, with pg_dump and pg_restore."
    />
  )
}

function LocalBackups() {
  const { data: backups, error, isFetching, refetch } = useQuery(backupsQuery)
  const { mutate, isPending } = useCreateBackup()
  const [restoring, setRestoring] = useState<BackupPublic>()

  const createBackup = () =>
    mutate(undefined, {
      onSuccess: () => toast.success("Backup created"),
      onError: (failure) =>
        toast.error("The backup could not be created", { description: errorMessage(failure) }),
    })

  return (
    <SettingsSection
      title="Backups"
      description="Copies of all data, including accounts. They are stored in the data folder on this computer."
      action={
        <LoadingButton pending={isPending} onClick={createBackup}>
          Back up now
        </LoadingButton>
      }
    >
      {!backups && error && (
        <LoadError
          title="The backups could not be loaded"
          error={error}
          retrying={isFetching}
          onRetry={() => refetch()}
        />
      )}
      {!backups && !error && (
        <div role="status" aria-label="Loading backups">
          <Skeleton className="h-24" />
        </div>
      )}
      {backups?.length === 0 && (
        <EmptyState
          className="py-6"
          icon={Archive}
          title="No backups yet"
          description="Create a backup before you make big changes."
        />
      )}
      {backups && backups.length > 0 && <BackupsTable backups={backups} onRestore={setRestoring} />}
      {restoring && <RestoreDialog backup={restoring} onClose={() => setRestoring(undefined)} />}
    </SettingsSection>
  )
}
