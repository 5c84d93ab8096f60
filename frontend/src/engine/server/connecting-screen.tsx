import { useEffect, useState } from "react"
import { serverUrl } from "@/engine/connection/connection"
import { useStore } from "@/engine/lib/store"
import { StartingScreen } from "@/engine/screens/starting-screen"
import { LeaveServerButton } from "@/engine/server/leave-server-button"

/** Avoids a flash of the button if the server responds quickly. */
const SHOW_BUTTON_AFTER_MS = 3_000

/** Shown before the first response of the server. */
export function ConnectingScreen() {
  const url = useStore(serverUrl)
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SHOW_BUTTON_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <StartingScreen serverUrl={url}>
      {slow && <LeaveServerButton variant="ghost" size="sm" />}
    </StartingScreen>
  )
}
