import type { ComponentType } from "react"
import type { About, UserPublic } from "@/client/types.gen"
import { runsInShell } from "@/engine"
import { AboutTab } from "@/features/settings/about-tab"
import { ApplicationTab } from "@/features/settings/application-tab"
import { DangerZoneTab } from "@/features/settings/danger-tab"
import { DataTab } from "@/features/settings/data-tab"
import { PasswordTab } from "@/features/settings/password-tab"
import { MyProfileTab } from "@/features/settings/profile-tab"
import { SecurityTab } from "@/features/settings/security-tab"

interface Tab {
  id: string
  label: string
  component: ComponentType
  /** Without it, for everybody. */
  isFor?: (viewer: { user: UserPublic; about: About }) => boolean
}

/** With authentication off there is no session to manage. */
const whoLogsIn: Required<Tab>["isFor"] = ({ about }) => about.auth_required

/** A server's settings are its service's own; that it is used at all, everybody decides for their own computer. */
const whoMaySetUp: Required<Tab>["isFor"] = ({ user, about }) =>
  about.server ? runsInShell() : Boolean(user.is_superuser)

/** In the order they are shown. The first is the one that opens. */
const tabs: Tab[] = [
  { id: "profile", label: "My profile", component: MyProfileTab },
  { id: "password", label: "Password", component: PasswordTab, isFor: whoLogsIn },
  { id: "security", label: "Security", component: SecurityTab, isFor: whoLogsIn },
  { id: "application", label: "Application", component: ApplicationTab, isFor: whoMaySetUp },
  { id: "data", label: "Data", component: DataTab },
  { id: "about", label: "About", component: AboutTab },
  { id: "danger", label: "Danger zone", component: DangerZoneTab, isFor: whoLogsIn },
]

export function tabsFor(user: UserPublic, about: About): Tab[] {
  return tabs.filter(({ isFor }) => !isFor || isFor({ user, about }))
}
