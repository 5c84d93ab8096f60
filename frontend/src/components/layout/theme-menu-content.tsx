import { useRef, useState } from "react"
import type { MenuProps } from "@/components/layout/menu-on-demand"
import { themes } from "@/components/layout/theme-menu"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import { chooseTheme, type ThemeChoice, themeChoice, useStore } from "@/engine"

export default function ThemeMenuContent({ children }: MenuProps) {
  const choice = useStore(themeChoice)
  const [open, setOpen] = useState(true)
  const trigger = useRef<HTMLButtonElement>(null)
  // A second press keeps the menu: it may have been loaded between the two clicks of an impatient person.
  const keepOpen = (event: { target: EventTarget | null; preventDefault: () => void }) => {
    if (open && trigger.current?.contains(event.target as Node)) event.preventDefault()
  }
  return (
    <DropdownMenu open={open} onOpenChange={setOpen} modal={false}>
      <DropdownMenuTrigger ref={trigger} asChild onPointerDown={keepOpen}>
        {children}
      </DropdownMenuTrigger>
      <DropdownMenuContent side="top" align="start" onInteractOutside={keepOpen}>
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
