import {
  type ComponentType,
  cloneElement,
  lazy,
  type ReactElement,
  type ReactNode,
  Suspense,
  useMemo,
  useState,
} from "react"

export interface MenuProps {
  /** The button that opens the menu. */
  children: ReactNode
}

interface MenuOnDemandProps {
  children: ReactElement<{
    onClick?: () => void
    onPointerEnter?: () => void
    onFocus?: () => void
    "aria-haspopup"?: "menu"
    "aria-expanded"?: boolean
  }>
  /** The menu, open from the start; on a page's first load nobody needs it yet. */
  loadContent: () => Promise<{ default: ComponentType<MenuProps> }>
}

/** A button whose menu is loaded when it is about to be used. */
export function MenuOnDemand({ children, loadContent }: MenuOnDemandProps) {
  const [wanted, setWanted] = useState(false)
  const Content = useMemo(() => lazy(loadContent), [loadContent])
  const preload = () => {
    loadContent().catch(() => undefined) // told when the menu itself is asked for
  }
  const button = cloneElement(children, {
    onClick: () => setWanted(true),
    onPointerEnter: preload,
    onFocus: preload,
    "aria-haspopup": "menu",
    "aria-expanded": false,
  })
  if (!wanted) return button
  return (
    <Suspense fallback={button}>
      <Content>{children}</Content>
    </Suspense>
  )
}
