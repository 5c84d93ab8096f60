import { SettingsSection } from "@/engine/components/settings-section"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import { ServerForm } from "@/engine/server/server-form"

/** Settings section: connects to a server, or switches from the server at `url` back to local data. */
export function ServerSection({ url }: { url: string | undefined }) {
  if (url) {
    return (
      <SettingsSection
        title="Server"
        description={
          <>
            The app uses the data on <span className="font-medium text-foreground">{url}</span>. The
            data on this computer stays unchanged.
          </>
        }
        action={<LeaveServerButton variant="outline" confirm />}
      />
    )
  }
  return (
    <SettingsSection
      title="Connect to a server"
      description="Use the data on your team's server, with an account there. The data on this computer stays unchanged, and you can switch back."
    >
      <ServerForm />
    </SettingsSection>
  )
}
