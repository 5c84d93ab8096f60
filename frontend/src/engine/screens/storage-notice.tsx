import { useEffect } from "react"
import { toast } from "sonner"
import { storageBlocked } from "@/engine/lib/browser-storage"

/** Shows a toast once if the browser blocks storage. Render it after the Toaster, which must be mounted first. */
export function StorageNotice() {
  useEffect(() => {
    if (!storageBlocked.get()) return
    toast.warning("Your browser blocks site data", {
      id: "storage-blocked",
      description:
        "Your login and settings are lost when you reload or close this tab. To store them, allow site data for this address.",
      duration: Number.POSITIVE_INFINITY,
      closeButton: true,
    })
  }, [])
  return null
}
