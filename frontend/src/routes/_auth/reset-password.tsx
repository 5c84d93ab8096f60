import { createFileRoute, type SearchSchemaInput } from "@tanstack/react-router"
import { useEffect, useState } from "react"
import { ResetPasswordPage } from "@/features/auth/reset-password-page"

export const Route = createFileRoute("/_auth/reset-password")({
  staticData: { title: "Reset Password" },
  validateSearch: ({ token }: { token?: unknown } & SearchSchemaInput): { token?: string } =>
    typeof token === "string" && token ? { token } : {},
  component: ResetPasswordRoute,
})

function ResetPasswordRoute() {
  const { token } = Route.useSearch()
  const navigate = Route.useNavigate()
  // The address bar could be copied or bookmarked; the token stays here only.
  const [kept, setKept] = useState(token)
  useEffect(() => {
    if (!token) return
    setKept(token)
    void navigate({ search: {}, replace: true })
  }, [token, navigate])
  return <ResetPasswordPage key={kept} token={kept} />
}
