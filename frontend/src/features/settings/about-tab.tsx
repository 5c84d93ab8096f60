import { useSuspenseQuery } from "@tanstack/react-query"
import { AboutDetails } from "@/features/about/about-details"
import { aboutQuery } from "@/features/about/queries"
import { LicencesSection } from "@/features/licences/licences-section"
import { SettingsSection } from "@/features/settings/settings-section"
import { UpdatesSection } from "@/features/updates/updates-section"
import { currentUserQuery } from "@/features/users/current-user"
import { APP_NAME, APP_VERSION } from "@/lib/app-info"
import { runsInShell } from "@/lib/shell"

export function AboutTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  const backend = about.version === APP_VERSION ? "" : `, with backend ${about.version}`
  return (
    <>
      <SettingsSection title={APP_NAME} text={`Version ${APP_VERSION}${backend}`} />
      {runsInShell() && <UpdatesSection />}
      {user.is_superuser && <AboutDetails />}
      <LicencesSection />
    </>
  )
}
