import type { SessionEnd } from "@/engine"

export const sessionEndText: Record<SessionEnd, string> = {
  expired: "Your session has ended. Log in again to go on.",
  user_deleted: "Your account is gone. Log in with another one.",
  login_required: "Authentication was turned on. Log in to go on.",
  user_inactive: "Your account was deactivated. Ask an administrator.",
}
