import { Monitor, Moon, Sun } from "lucide-react"
import { SidebarButton } from "@/components/layout/sidebar-button"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { useStore } from "@/lib/store"
import { chooseTheme, type ThemeChoice, themeChoice } from "@/lib/theme"

const themes = [
  { choice: "light", label: "Light", icon: Sun },
  { choice: "dark", label: "Dark", icon: Moon },
  { choice: "system", label: "System", icon: Monitor },
] as const

export function ThemeMenu({ compact }: { compact: boolean }) {
  const choice = useStore(themeChoice)
  const Icon = themes.find((theme) => theme.choice === choice)?.icon ?? Monitor
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <SidebarButton icon={Icon} label="Theme" compact={compact} data-testid="theme-button" />
      </DropdownMenuTrigger>
      <DropdownMenuContent side="top" align="start">
        <DropdownMenuRadioGroup
          value={choice}
          onValueChange={(value) => chooseTheme(value as ThemeChoice)}
        >
          {themes.map(({ choice, label, icon: ThemeIcon }) => (
            <DropdownMenuRadioItem key={choice} value={choice} data-testid={`${choice}-mode`}>
              <ThemeIcon aria-hidden />
              {label}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
