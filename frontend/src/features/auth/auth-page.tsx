import type { ReactNode } from "react"
import { Card } from "@/components/ui/card"
import { APP_NAME, LoginServerInfo, Logo, ThemeMenu } from "@/engine"

interface AuthPageProps {
  title: string
  description?: ReactNode
  children: ReactNode
  /** Link to another authentication page. */
  footer?: ReactNode
}

/** Layout of the login, sign-up and password pages. */
export function AuthPage({ title, description, children, footer }: AuthPageProps) {
  return (
    <main
      id="content"
      tabIndex={-1}
      className="flex min-h-full flex-col items-center px-4 py-8 outline-none"
    >
      <div className="my-auto grid w-full max-w-sm gap-6">
        <p className="flex items-center justify-center gap-3 font-semibold text-sm">
          <Logo className="size-9 shrink-0" />
          {APP_NAME}
        </p>
        <Card className="grid gap-6 p-6 sm:p-8">
          <div className="grid gap-1.5">
            <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
            {description && <p className="text-muted-foreground text-sm">{description}</p>}
          </div>
          {children}
        </Card>
        {footer && <p className="text-center text-muted-foreground text-sm">{footer}</p>}
      </div>
      <div className="mt-6 grid justify-items-center gap-2">
        <LoginServerInfo />
        <ThemeMenu compact={false} />
      </div>
    </main>
  )
}
