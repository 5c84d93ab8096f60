import { KeyRound } from "lucide-react"
import { APP_NAME } from "@/engine/lib/app-info"

/** Browser mode without the launch token, or with that of an earlier launch. */
export function UnauthorizedScreen() {
  return (
    <main className="flex h-full flex-col items-center justify-center gap-5 p-8 text-center">
      <span className="flex size-12 items-center justify-center rounded-full bg-primary/10 text-primary">
        <KeyRound className="size-5" aria-hidden />
      </span>
      <div className="grid max-w-sm gap-2" role="alert">
        <h1 className="font-semibold text-xl">Open the address printed in the terminal</h1>
        <p className="text-muted-foreground text-sm">
          {APP_NAME} only answers to whoever started it. The address in the terminal carries the key
          of this launch; each launch has a new one.
        </p>
      </div>
    </main>
  )
}
