import { useQuery } from "@tanstack/react-query"
import { SettingsSection } from "@/features/settings/settings-section"
import { updatesOnQuery } from "@/features/updates/queries"
import { check, download, install, updateState } from "@/features/updates/update-steps"
import { UpdateView } from "@/features/updates/update-view"
import { useStore } from "@/lib/store"

/** Looks for, fetches and installs a new version, each when asked to and never by itself. */
export function UpdatesSection() {
  const { data: isOn } = useQuery(updatesOnQuery)
  const state = useStore(updateState)
  if (isOn === undefined) return null
  if (!isOn) {
    return (
      <SettingsSection
        title="Updates: off"
        text="This build was made without a key to check them with, so it never looks for any. Get new versions where you got this one; docs/updates.md tells whoever builds the app how to turn updates on."
      />
    )
  }
  return <UpdateView {...state} onCheck={check} onDownload={download} onInstall={install} />
}
