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

export interface LazyMenuContentProps {
  /** The button that opens the menu. */
  children: ReactNode
}

interface LazyMenuProps {
  children: ReactElement<{
    onClick?: () => void
    onPointerEnter?: () => void
    onFocus?: () => void
    "aria-haspopup"?: "menu"
    "aria-expanded"?: boolean
  }>
  /** Imports the menu, which renders opened. */
  loadContent: () => Promise<{ default: ComponentType<LazyMenuContentProps> }>
}

/** A button whose menu is loaded on hover, focus or click, so that the first page load does not include it. */
export function LazyMenu({ children, loadContent }: LazyMenuProps) {
  const [requested, setRequested] = useState(false)
  const Content = useMemo(() => lazy(loadContent), [loadContent])
  const preload = () => {
    loadContent().catch(() => undefined) // reported when the menu is rendered
  }
  const button = cloneElement(children, {
    onClick: () => setRequested(true),
    onPointerEnter: preload,
    onFocus: preload,
    "aria-haspopup": "menu",
    "aria-expanded": false,
  })
  if (!requested) return button
  return (
    <Suspense fallback={button}>
      <Content>{children}</Content>
    </Suspense>
  )
}
