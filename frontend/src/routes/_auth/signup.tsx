import { createFileRoute } from "@tanstack/react-router"
import { requireSignupEnabled } from "@/features/auth/guards"
import { SignupPage } from "@/features/auth/signup-page"

export const Route = createFileRoute("/_auth/signup")({
  staticData: { title: "Sign up" },
  beforeLoad: requireSignupEnabled,
  component: SignupPage,
})
