import type { ComponentType } from "react"
import type { About, UserPublic } from "@/client/types.gen"
import { runsInShell } from "@/engine"
import { AboutTab } from "@/features/settings/about-tab"
import { ApplicationTab } from "@/features/settings/application-tab"
import { DangerZoneTab } from "@/features/settings/danger-zone-tab"
import { DataTab } from "@/features/settings/data-tab"
import { PasswordTab } from "@/features/settings/password-tab"
import { ProfileTab } from "@/features/settings/profile-tab"
import { SecurityTab } from "@/features/settings/security-tab"

interface Tab {
  id: string
  label: string
  component: ComponentType
  /** Whether the user has access; omitted if every user has. */
  isVisible?: (viewer: { user: UserPublic; about: About }) => boolean
}

/** The tabs for password, recovery codes and account deletion exist only while authentication is on. */
const isAuthRequired: Required<Tab>["isVisible"] = ({ about }) => about.auth_required

/** Superusers change a local backend's settings. On a server, users of the desktop app may switch to local data. */
const canChangeApplicationSettings: Required<Tab>["isVisible"] = ({ user, about }) =>
  about.server ? runsInShell() : Boolean(user.is_superuser)

/** In display order; the first tab is the default. */
const tabs: Tab[] = [
  { id: "profile", label: "My profile", component: ProfileTab },
  { id: "password", label: "Password", component: PasswordTab, isVisible: isAuthRequired },
  { id: "security", label: "Security", component: SecurityTab, isVisible: isAuthRequired },
  {
    id: "application",
    label: "Application",
    component: ApplicationTab,
    isVisible: canChangeApplicationSettings,
  },
  { id: "data", label: "Data", component: DataTab },
  { id: "about", label: "About", component: AboutTab },
  { id: "danger", label: "Danger zone", component: DangerZoneTab, isVisible: isAuthRequired },
]

export function tabsFor(user: UserPublic, about: About): Tab[] {
  return tabs.filter(({ isVisible }) => !isVisible || isVisible({ user, about }))
}
