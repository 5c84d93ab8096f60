import { useSuspenseQuery } from "@tanstack/react-query"
import { BackupsSection } from "@/engine"
import { ItemsTransfer } from "@/features/transfer/items-transfer"
import { currentUserQuery } from "@/features/users/current-user"

/** Backups contain the data of all users, so only superusers see them. Every user can export and import items. */
export function DataTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  return (
    <>
      {user.is_superuser && <BackupsSection />}
      <ItemsTransfer />
    </>
  )
}
