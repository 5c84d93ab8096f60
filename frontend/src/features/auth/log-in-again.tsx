import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { Dialog } from "radix-ui"
import { lazy, Suspense, useRef } from "react"
import { Button } from "@/components/ui/button"
import { DialogHeader, DialogTitle } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"
import { sessionEnd, useStore } from "@/engine"
import { sessionEndText } from "@/features/auth/session-end-text"
import { useLogOut } from "@/features/auth/use-log-out"
import { currentUserQuery } from "@/features/users/current-user"

const LoginForm = lazy(() =>
  import("@/features/auth/login-form").then((module) => ({ default: module.LoginForm })),
)

/** A button that was disabled while it saved has lost the focus: then to the dialog it is in, or to the page. */
function returnFocus(before: Element | null): void {
  const lost = before === document.body
  const dialog = document.querySelector("[role$=dialog]")
  const place = lost ? (dialog ?? document.getElementById("content")) : before
  if (place instanceof HTMLElement) place.focus()
}

/**
 * Asks for a new login on top of a page on which something is being typed or saved. The page and its open
 * dialogs stay mounted beneath, so that what was typed is still there afterwards.
 */
export function LogInAgain() {
  const end = useStore(sessionEnd)
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const logOut = useLogOut()
  const focusedBefore = useRef<Element>(null)
  if (!end?.unsaved) return null
  const email = queryClient.getQueryData(currentUserQuery.queryKey)?.email

  async function onLoggedIn(credentials: { email: string }) {
    if (credentials.email.toLowerCase() === email) return queryClient.invalidateQueries()
    await navigate({ to: "/" })
    await queryClient.resetQueries()
  }

  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Content
          onEscapeKeyDown={(event) => event.preventDefault()}
          onOpenAutoFocus={(event) => {
            event.preventDefault()
            focusedBefore.current = document.activeElement
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            returnFocus(focusedBefore.current)
          }}
          className="fixed inset-0 z-[60] flex overflow-y-auto bg-background p-6 outline-none"
        >
          <div className="m-auto grid w-full max-w-sm gap-6">
            <DialogHeader className="pr-0">
              <DialogTitle>Log in again</DialogTitle>
              <Dialog.Description className="text-muted-foreground text-sm">
                {sessionEndText[end.reason]} Nothing was saved; what you typed is kept.
              </Dialog.Description>
            </DialogHeader>
            <Suspense fallback={<Skeleton className="h-52" />}>
              <LoginForm email={email} onLoggedIn={onLoggedIn} />
            </Suspense>
            <Button variant="ghost" onClick={logOut}>
              Leave without saving
            </Button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
