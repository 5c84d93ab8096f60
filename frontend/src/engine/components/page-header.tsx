import type { ReactNode } from "react"

interface PageHeaderProps {
  title: ReactNode
  description?: ReactNode
  /** The page's main actions. */
  children?: ReactNode
}

/** Heading of a page, with its main actions. */
export function PageHeader({ title, description, children }: PageHeaderProps) {
  return (
    <header className="flex items-center justify-between gap-4">
      <div className="grid min-w-0 flex-1 gap-1">
        <h1 className="truncate font-semibold text-2xl tracking-tight">{title}</h1>
        {description && <p className="text-muted-foreground text-sm">{description}</p>}
      </div>
      {children}
    </header>
  )
}
