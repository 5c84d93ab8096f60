import { Monitor, Moon, Sun } from "lucide-react"
import { MenuOnDemand } from "@/components/layout/menu-on-demand"
import { SidebarButton, themeChoice, useStore } from "@/engine"

export const themes = [
  { choice: "light", label: "Light", icon: Sun },
  { choice: "dark", label: "Dark", icon: Moon },
  { choice: "system", label: "System", icon: Monitor },
] as const

const loadContent = () => import("@/components/layout/theme-menu-content")

export function ThemeMenu({ compact }: { compact: boolean }) {
  const choice = useStore(themeChoice)
  const Icon = themes.find((theme) => theme.choice === choice)?.icon ?? Monitor
  return (
    <MenuOnDemand loadContent={loadContent}>
      <SidebarButton icon={Icon} label="Theme" compact={compact} data-testid="theme-button" />
    </MenuOnDemand>
  )
}
