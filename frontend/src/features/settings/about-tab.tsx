import { useSuspenseQuery } from "@tanstack/react-query"
import {
  AboutDetails,
  APP_NAME,
  APP_VERSION,
  aboutQuery,
  LicensesSection,
  runsInShell,
  SettingsSection,
  server,
  UpdatesSection,
  useStore,
} from "@/engine"
import { currentUserQuery } from "@/features/users/current-user"

export function AboutTab() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  const { data: about } = useSuspenseQuery(aboutQuery)
  const url = useStore(server)
  // What follows a "+" labels how it was built: an interpreter from the Go module, say.
  const isOurs = about.version.split("+")[0] === APP_VERSION
  const version = isOurs
    ? about.version
    : url
      ? APP_VERSION
      : `${APP_VERSION}, with backend ${about.version}`
  return (
    <>
      <SettingsSection title={APP_NAME} text={`Version ${version}`}>
        {url && (
          <p className="break-words text-sm">
            On the server <span className="font-medium">{url}</span>, version {about.version}
          </p>
        )}
      </SettingsSection>
      {runsInShell() && <UpdatesSection />}
      {user.is_superuser && <AboutDetails />}
      <LicensesSection />
    </>
  )
}
