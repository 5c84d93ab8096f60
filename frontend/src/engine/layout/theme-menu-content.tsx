import { useRef, useState } from "react"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"
import type { LazyMenuContentProps } from "@/engine/components/lazy-menu"
import { themes } from "@/engine/layout/theme-menu"
import { useStore } from "@/engine/lib/store"
import { chooseTheme, type ThemeChoice, themeChoice } from "@/engine/lib/theme"

export default function ThemeMenuContent({ children }: LazyMenuContentProps) {
  const choice = useStore(themeChoice)
  const [open, setOpen] = useState(true)
  const trigger = useRef<HTMLButtonElement>(null)
  // A second press leaves the menu open: the menu may have loaded between the two clicks of a double-click.
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
