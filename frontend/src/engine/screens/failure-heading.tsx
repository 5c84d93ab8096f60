import type { LucideIcon } from "lucide-react"

/** Focuses the heading: screen readers announce it first, and keys typed for the page do not press a button. */
const focus = (heading: HTMLElement | null) => heading?.focus()

interface FailureHeadingProps {
  icon: LucideIcon
  title: string
  message: string
  code: string
}

/** Title, message and error code at the top of a failure screen. */
export function FailureHeading({ icon: Icon, title, message, code }: FailureHeadingProps) {
  return (
    <div className="flex gap-4">
      <span className="flex size-10 shrink-0 items-center justify-center rounded-full bg-danger-text/10 text-danger-text">
        <Icon className="size-5" aria-hidden />
      </span>
      <div className="grid min-w-0 gap-1.5" role="alert">
        <h1 ref={focus} tabIndex={-1} className="font-semibold text-lg leading-tight outline-none">
          {title}
        </h1>
        <p className="whitespace-pre-line wrap-anywhere text-muted-foreground text-sm">{message}</p>
        <p className="text-muted-foreground text-xs">
          Code: <code className="font-mono">{code}</code>
        </p>
      </div>
    </div>
  )
}
