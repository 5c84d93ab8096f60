import { useEffect, useState } from "react"
import { StartingScreen } from "@/features/connection/starting-screen"
import { LeaveServerButton } from "@/features/server/leave-server"
import { server } from "@/lib/connection"
import { useStore } from "@/lib/store"

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
