import type { ReactNode } from "react"
import { Button } from "@/components/ui/button"
import { DialogClose, DialogFooter } from "@/components/ui/dialog"
import { LoadingButton } from "@/components/ui/loading-button"

/** The end of a dialog's form: away without saving, or `children` to save. */
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
