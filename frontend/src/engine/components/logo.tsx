import type { ComponentProps } from "react"

/** The app's logo: public/favicon.svg, which `make rename` replaces. */
export function Logo(props: ComponentProps<"img">) {
  return <img src="/favicon.svg" alt="" {...props} />
}
