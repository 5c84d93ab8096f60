import { toast } from "sonner"

/** Dismisses toasts with an action such as Undo, which would be executed for the next user. */
export function dismissActions(): void {
  for (const shown of toast.getToasts()) {
    if ("action" in shown && shown.action) toast.dismiss(shown.id)
  }
}
