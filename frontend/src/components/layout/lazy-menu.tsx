import {
  type ComponentProps,
  cloneElement,
  type ReactElement,
  type ReactNode,
  Suspense,
  useState,
} from "react"

interface LazyMenuProps {
  /** The button. It stands alone until it is first pressed. */
  trigger: ReactElement<ComponentProps<"button">>
  /** Starts loading the menu's code. */
  load: () => Promise<unknown>
  /** The lazily loaded menu around the button, open from the start. */
  children: (trigger: ReactElement) => ReactNode
}

/** Keeps what only menus need out of the first load. */
export function LazyMenu({ trigger, load, children }: LazyMenuProps) {
  const [wanted, setWanted] = useState(false)
  const preload = () => {
    load().catch(() => undefined) // told when the menu itself is asked for
  }
  const alone = cloneElement(trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: preload,
    onFocus: preload,
    onClick: () => setWanted(true),
    onKeyDown: (event) => event.key === "ArrowDown" && setWanted(true),
  })
  return wanted ? <Suspense fallback={alone}>{children(trigger)}</Suspense> : alone
}
