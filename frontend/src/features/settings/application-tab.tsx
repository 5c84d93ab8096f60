import { ApplicationSettings } from "@/engine"
import { AuthSection } from "@/features/settings/application/auth-section"

/** Settings of the backend and of the desktop app. */
export function ApplicationTab() {
  return (
    <ApplicationSettings>
      {({ AUTH_REQUIRED }) => <AuthSection state={AUTH_REQUIRED} />}
    </ApplicationSettings>
  )
}
