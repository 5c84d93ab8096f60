import { useEffect } from "react"
import { toast } from "sonner"
import { storageBlocked } from "@/engine/lib/browser-storage"

/** Says once that the browser keeps nothing for this page. Stands after the Toaster, which must be listening. */
export function StorageNotice() {
  useEffect(() => {
    if (!storageBlocked.get()) return
    toast.warning("Your browser blocks site data", {
      id: "storage-blocked",
      description:
        "The app works, but forgets your login and settings when this tab is reloaded or closed. Allow site data for this address to keep them.",
      duration: Number.POSITIVE_INFINITY,
      closeButton: true,
    })
  }, [])
  return null
}
