import { useSuspenseQuery } from "@tanstack/react-query"
import { useState } from "react"
import { Button } from "@/components/ui/button"
import { ProfileForm } from "@/features/settings/profile-form"
import { SettingsSection } from "@/features/settings/settings-section"
import { currentUserQuery } from "@/features/users/current-user"

export function MyProfileTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const [editing, setEditing] = useState(false)
  const details = [
    { label: "Full name", value: user.full_name || "—" },
    { label: "Email", value: user.email },
  ]
  return (
    <SettingsSection
      title="My profile"
      text="How the app addresses you."
      action={
        !editing && (
          <Button variant="outline" onClick={() => setEditing(true)}>
            Edit
          </Button>
        )
      }
    >
      {editing ? (
        <ProfileForm user={user} onClose={() => setEditing(false)} />
      ) : (
        <dl className="grid gap-4">
          {details.map(({ label, value }) => (
            <div key={label} className="grid gap-1">
              <dt className="font-medium text-muted-foreground text-sm">{label}</dt>
              <dd className="break-words text-sm">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </SettingsSection>
  )
}
