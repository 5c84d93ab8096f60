import { useSuspenseQuery } from "@tanstack/react-query"
import { useState } from "react"
import { Button } from "@/components/ui/button"
import { SettingsSection } from "@/engine"
import { DeleteAccountDialog } from "@/features/settings/delete-account-dialog"
import { currentUserQuery } from "@/features/users/current-user"

export function DangerZoneTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const [confirming, setConfirming] = useState(false)

  return (
    <SettingsSection
      title="Delete Account"
      description={
        user.is_superuser
          ? "Superusers can't delete their own account. Ask another superuser to remove your superuser role first."
          : "Permanently delete your account and all your items."
      }
      action={
        <Button
          variant="destructive"
          disabled={user.is_superuser}
          onClick={() => setConfirming(true)}
        >
          Delete Account
        </Button>
      }
    >
      {confirming && (
        <DeleteAccountDialog email={user.email} onClose={() => setConfirming(false)} />
      )}
    </SettingsSection>
  )
}
