import { useSuspenseQuery } from "@tanstack/react-query"
import { AboutDetails } from "@/engine/about/about-details"
import { aboutQuery } from "@/engine/about/queries"
import { SettingsSection } from "@/engine/components/settings-section"
import { serverUrl } from "@/engine/connection/connection"
import { APP_NAME, APP_VERSION } from "@/engine/lib/app-info"
import { useStore } from "@/engine/lib/store"
import { LicensesSection } from "@/engine/licenses/licenses-section"
import { runsInShell } from "@/engine/shell"
import { UpdatesSection } from "@/engine/updates/updates-section"

/** Versions, updates, diagnostics and licenses. Diagnostics are for superusers: `showDetails`. */
export function AboutSections({ showDetails }: { showDetails: boolean }) {
  const { data: about } = useSuspenseQuery(aboutQuery)
  const url = useStore(serverUrl)
  // The part after "+" is build metadata.
  const sameVersion = about.version.split("+")[0] === APP_VERSION
  const version = sameVersion
    ? about.version
    : url
      ? APP_VERSION
      : `${APP_VERSION}, with backend ${about.version}`
  return (
    <>
      <SettingsSection title={APP_NAME} description={`Version ${version}`}>
        {url && (
          <p className="break-words text-sm">
            Server: <span className="font-medium">{url}</span>, version {about.version}
          </p>
        )}
      </SettingsSection>
      {runsInShell() && <UpdatesSection />}
      {showDetails && <AboutDetails />}
      <LicensesSection />
    </>
  )
}
