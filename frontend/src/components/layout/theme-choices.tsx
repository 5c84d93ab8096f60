import { Monitor, Moon, Sun } from "lucide-react"
import type { ReactElement } from "react"
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

/** A default export, for React.lazy. */
export default function ThemeChoices({ trigger }: { trigger: ReactElement }) {
  const choice = useStore(themeChoice)
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
      <DropdownMenuContent side="top" align="start">
        <DropdownMenuRadioGroup
          value={choice}
          onValueChange={(value) => chooseTheme(value as ThemeChoice)}
        >
          {themes.map(({ choice, label, icon: Icon }) => (
            <DropdownMenuRadioItem key={choice} value={choice} data-testid={`${choice}-mode`}>
              <Icon aria-hidden />
              {label}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
