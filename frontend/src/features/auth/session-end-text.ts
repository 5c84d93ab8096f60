import type { SessionEndReason } from "@/engine"

export const sessionEndText: Record<SessionEndReason, string> = {
  expired: "Your session has expired. Log in again to continue.",
  user_deleted: "Your account was deleted. Log in with another account.",
  login_required: "Authentication was turned on. Log in to continue.",
  user_inactive: "Your account is inactive. Ask an administrator to activate it.",
}
