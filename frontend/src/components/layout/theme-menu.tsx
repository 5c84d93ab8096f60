import { Monitor, Moon, Sun } from "lucide-react"
import { lazy } from "react"
import { LazyMenu } from "@/components/layout/lazy-menu"
import { SidebarButton } from "@/components/layout/sidebar-button"
import { useStore } from "@/lib/store"
import { themeChoice } from "@/lib/theme"

const loadChoices = () => import("@/components/layout/theme-choices")
const ThemeChoices = lazy(loadChoices)

const icons = { light: Sun, dark: Moon, system: Monitor }

export function ThemeMenu({ compact }: { compact: boolean }) {
  const choice = useStore(themeChoice)
  return (
    <LazyMenu
      load={loadChoices}
      trigger={
        <SidebarButton
          icon={icons[choice]}
          label="Theme"
          compact={compact}
          data-testid="theme-button"
        />
      }
    >
      {(trigger) => <ThemeChoices trigger={trigger} />}
    </LazyMenu>
  )
}
