import type { SessionEnd } from "@/engine"

export const sessionEndText: Record<SessionEnd, string> = {
  expired: "Your session has ended. Log in again to go on.",
  gone: "Your account is gone. Log in with another one.",
  needed: "Authentication was turned on. Log in to go on.",
  inactive: "Your account was deactivated. Ask an administrator.",
}
