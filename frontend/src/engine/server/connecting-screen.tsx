import { useEffect, useState } from "react"
import { server } from "@/engine/connection/connection"
import { useStore } from "@/engine/lib/store"
import { StartingScreen } from "@/engine/screens/starting-screen"
import { LeaveServerButton } from "@/engine/server/leave-server-button"

/** An answer that comes at once should not make a button flash. */
const OFFER_WAY_BACK_AFTER_MS = 3_000

/** Until the server has answered for the first time. */
export function ConnectingScreen() {
  const url = useStore(server)
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), OFFER_WAY_BACK_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <StartingScreen server={url}>
      {slow && <LeaveServerButton variant="ghost" size="sm" />}
    </StartingScreen>
  )
}
