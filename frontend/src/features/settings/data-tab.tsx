import { useSuspenseQuery } from "@tanstack/react-query"
import { aboutQuery, BackupsSection, SettingsSection } from "@/engine"
import { ExportSection } from "@/features/transfer/export-section"
import { ImportSection } from "@/features/transfer/import-section"
import { currentUserQuery } from "@/features/users/current-user"

/** A backup is everyone's data, so it is for superusers; one's own items go in and out for everybody. */
export function DataTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  return (
    <>
      {user.is_superuser && (about.server ? <ServersBackups /> : <BackupsSection />)}
      <ExportSection />
      <ImportSection />
    </>
  )
}

function ServersBackups() {
  return (
    <SettingsSection
      title="Backups"
      text="This is a server's database. PostgreSQL's own tools back it up and restore it, where the server runs: pg_dump and pg_restore."
    />
  )
}
