import { useSuspenseQuery } from "@tanstack/react-query"
import { BackupsSection } from "@/features/backups/backups-section"
import { ExportSection } from "@/features/transfer/export-section"
import { ImportSection } from "@/features/transfer/import-section"
import { currentUserQuery } from "@/features/users/current-user"

/** A backup is everyone's data, so it is for superusers; one's own items go in and out for everybody. */
export function DataTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  return (
    <>
      {user.is_superuser && <BackupsSection />}
      <ExportSection />
      <ImportSection />
    </>
  )
}
