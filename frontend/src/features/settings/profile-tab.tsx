import { useSuspenseQuery } from "@tanstack/react-query"
import { useState } from "react"
import { SettingsSection } from "@/engine"
import { ProfileForm } from "@/features/settings/profile-form"
import { currentUserQuery } from "@/features/users/current-user"

export function ProfileTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const [edits, setEdits] = useState(0)
  return (
    <SettingsSection title="My profile" description="Your name and email address.">
      {/* A new key resets the form. */}
      <ProfileForm
        key={edits}
        user={user}
        focusEdit={edits > 0}
        onDone={() => setEdits(edits + 1)}
      />
    </SettingsSection>
  )
}
