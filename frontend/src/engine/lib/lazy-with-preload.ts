import { type ComponentType, type LazyExoticComponent, lazy } from "react"

/**
 * `React.lazy` plus a function that starts the import early, for example on hover. An import that fails there is
 * reported when the component is rendered.
 */
export function lazyWithPreload<Props>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): [Component: LazyExoticComponent<ComponentType<Props>>, preload: () => void] {
  return [
    lazy(load),
    () => {
      load().catch(() => undefined)
    },
  ]
}
