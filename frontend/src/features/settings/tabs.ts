import type { ComponentType } from "react"
import type { UserPublic } from "@/client/types.gen"
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
  /** Only for those who log in: with authentication off there is no session to manage. */
  needsAuth?: boolean
  needsSuperuser?: boolean
}

/** In the order they are shown. The first is the one that opens. */
const tabs: Tab[] = [
  { id: "profile", label: "My profile", component: MyProfileTab },
  { id: "password", label: "Password", component: PasswordTab, needsAuth: true },
  { id: "security", label: "Security", component: SecurityTab, needsAuth: true },
  { id: "application", label: "Application", component: ApplicationTab, needsSuperuser: true },
  { id: "data", label: "Data", component: DataTab },
  { id: "about", label: "About", component: AboutTab },
  { id: "danger", label: "Danger zone", component: DangerZoneTab, needsAuth: true },
]

export function tabsFor(user: UserPublic, authRequired: boolean): Tab[] {
  return tabs.filter(
    ({ needsAuth, needsSuperuser }) =>
      (!needsAuth || authRequired) && (!needsSuperuser || user.is_superuser),
  )
}
