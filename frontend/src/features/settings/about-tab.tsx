import { useSuspenseQuery } from "@tanstack/react-query"
import { AboutDetails } from "@/features/about/about-details"
import { aboutQuery } from "@/features/about/queries"
import { SettingsSection } from "@/features/settings/settings-section"
import { currentUserQuery } from "@/features/users/current-user"
import { APP_NAME, APP_VERSION } from "@/lib/app-info"

export function AboutTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  const backend = about.version === APP_VERSION ? "" : `, with backend ${about.version}`
  return (
    <>
      <SettingsSection title={APP_NAME} text={`Version ${APP_VERSION}${backend}`} />
      {user.is_superuser && <AboutDetails />}
      <SettingsSection
        title="Licences"
        text="Python and every Python package carry theirs inside the bundled runtime, in their own folders (site-packages/…dist-info/licenses). The parts of the interface (React, TanStack, Radix, Zod, Lucide and others) are under the MIT, ISC or Apache-2.0 licence."
      />
    </>
  )
}
