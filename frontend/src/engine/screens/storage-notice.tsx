import { useEffect } from "react"
import { toast } from "sonner"
import { storageBlocked } from "@/engine/lib/browser-storage"

/** Shows a toast once if the browser blocks storage or the storage is full. Render it after the Toaster, which must be mounted first. */
export function StorageNotice() {
  useEffect(() => {
    if (!storageBlocked.get()) return
    toast.warning("Your browser can't store data", {
      id: "storage-blocked",
      description:
        "A new login and changed settings are lost when you reload or close this tab. To store them, allow site data for this address. If its storage is full, delete its site data.",
      duration: Number.POSITIVE_INFINITY,
      closeButton: true,
    })
  }, [])
  return null
}
