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
  // The token is removed from the URL, which may be copied or bookmarked.
  const [resetToken, setResetToken] = useState(token)
  useEffect(() => {
    if (!token) return
    setResetToken(token)
    void navigate({ search: {}, replace: true })
  }, [token, navigate])
  return <ResetPasswordPage key={resetToken} token={resetToken} />
}
