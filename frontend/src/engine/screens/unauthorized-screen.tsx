import { KeyRound } from "lucide-react"
import { APP_NAME } from "@/engine/lib/app-info"

/** Browser mode: the tab has no launch token, or the token of an earlier launch. */
export function UnauthorizedScreen() {
  return (
    <main className="flex h-full flex-col items-center justify-center gap-5 p-8 text-center">
      <span className="flex size-12 items-center justify-center rounded-full bg-primary/10 text-primary">
        <KeyRound className="size-5" aria-hidden />
      </span>
      <div className="grid max-w-sm gap-2" role="alert">
        <h1 className="text-balance font-semibold text-xl">
          Open the address printed in the terminal
        </h1>
        <p className="text-muted-foreground text-sm">
          It contains a token that gives access to {APP_NAME}. Each launch prints a new address with
          a new token.
        </p>
      </div>
    </main>
  )
}
