import { SettingsSection } from "@/engine/components/settings-section"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import { ServerForm } from "@/engine/server/server-form"

/** Setting: this computer's data, or the data of the server at `url`. */
export function ServerSection({ url }: { url: string | undefined }) {
  if (url) {
    return (
      <SettingsSection
        title="Server"
        text={
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
      text="Use the data on your team's server, with an account there. The data on this computer stays unchanged, and you can switch back."
    >
      <ServerForm />
    </SettingsSection>
  )
}
