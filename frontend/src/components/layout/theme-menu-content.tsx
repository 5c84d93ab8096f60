import type { MenuProps } from "@/components/layout/menu-on-demand"
import { themes } from "@/components/layout/theme-menu"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { useStore } from "@/lib/store"
import { chooseTheme, type ThemeChoice, themeChoice } from "@/lib/theme"

export default function ThemeMenuContent({ children }: MenuProps) {
  const choice = useStore(themeChoice)
  return (
    <DropdownMenu defaultOpen>
      <DropdownMenuTrigger asChild>{children}</DropdownMenuTrigger>
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
