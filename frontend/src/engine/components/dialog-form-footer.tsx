import type { ReactNode } from "react"
import { Button } from "@/components/ui/button"
import { DialogClose, DialogFooter } from "@/components/ui/dialog"
import { LoadingButton } from "@/components/ui/loading-button"

/** Cancel and submit buttons of a form in a dialog; `children` is the label of the submit button. */
export function DialogFormFooter({ saving, children }: { saving: boolean; children: ReactNode }) {
  return (
    <DialogFooter>
      <DialogClose asChild>
        <Button variant="outline" disabled={saving}>
          Cancel
        </Button>
      </DialogClose>
      <LoadingButton type="submit" pending={saving}>
        {children}
      </LoadingButton>
    </DialogFooter>
  )
}
