import type { ComponentProps } from "react"

/** The same drawing as public/favicon.svg. */
export function Logo(props: ComponentProps<"svg">) {
  return (
    <svg viewBox="0 0 32 32" fill="none" aria-hidden="true" {...props}>
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path
        d="M9 11.5 16 8l7 3.5-7 3.5zM9 16l7 3.5 7-3.5M9 20.5 16 24l7-3.5"
        stroke="#fff"
        strokeWidth="2"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  )
}
