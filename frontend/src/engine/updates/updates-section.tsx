import { useQuery } from "@tanstack/react-query"
import { SettingsSection } from "@/engine/components/settings-section"
import { useStore } from "@/engine/lib/store"
import { check, download, install, updateState } from "@/engine/updates/app-update"
import { updatesEnabledQuery } from "@/engine/updates/queries"
import { UpdateView } from "@/engine/updates/update-view"

/** Looks for, fetches and installs a new version, each when asked to and never by itself. */
export function UpdatesSection() {
  const { data: isOn } = useQuery(updatesEnabledQuery)
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
