import { Monitor, Moon, Sun } from "lucide-react"
import { LazyMenu } from "@/engine/components/lazy-menu"
import { SidebarButton } from "@/engine/components/sidebar-button"
import { useStore } from "@/engine/lib/store"
import { themeChoice } from "@/engine/lib/theme"

export const themes = [
  { choice: "light", label: "Light", icon: Sun },
  { choice: "dark", label: "Dark", icon: Moon },
  { choice: "system", label: "System", icon: Monitor },
] as const

const loadContent = () => import("@/engine/layout/theme-menu-content")

/** Sidebar button with a menu of the themes. */
export function ThemeMenu({ compact }: { compact: boolean }) {
  const choice = useStore(themeChoice)
  const Icon = themes.find((theme) => theme.choice === choice)?.icon ?? Monitor
  return (
    <LazyMenu loadContent={loadContent}>
      <SidebarButton icon={Icon} label="Theme" compact={compact} data-testid="theme-button" />
    </LazyMenu>
  )
}
