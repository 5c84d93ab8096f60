import { useQuery } from "@tanstack/react-query"
import { SettingsSection } from "@/engine/components/settings-section"
import { useStore } from "@/engine/lib/store"
import { appUpdate, check, download, install } from "@/engine/updates/app-update"
import { updatesEnabledQuery } from "@/engine/updates/queries"
import { UpdateView } from "@/engine/updates/update-view"

/** Settings section: checks for, downloads and installs updates, each after a click. */
export function UpdatesSection() {
  const { data: enabled } = useQuery(updatesEnabledQuery)
  const update = useStore(appUpdate)
  if (enabled === undefined) return null
  if (!enabled) {
    return (
      <SettingsSection
        title="Updates are off"
        description="This build can't verify updates, so it does not check for updates. Download new versions from where you got this one."
      />
    )
  }
  return <UpdateView {...update} onCheck={check} onDownload={download} onInstall={install} />
}
