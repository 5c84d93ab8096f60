import { useSuspenseQuery } from "@tanstack/react-query"
import { useRouter } from "@tanstack/react-router"
import { Info } from "lucide-react"
import { aboutQuery, Notice, sessionEnd, useStore } from "@/engine"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { isSignupEnabled } from "@/features/auth/guards"
import LoginForm from "@/features/auth/login-form"
import { sessionEndText } from "@/features/auth/session-end-text"

export function LoginPage() {
  const router = useRouter()
  const { data: about } = useSuspenseQuery(aboutQuery)
  const end = useStore(sessionEnd)
  return (
    <AuthPage
      title="Login to your account"
      footer={
        <>
          Don't have an account yet?{" "}
          {isSignupEnabled(about) ? (
            <AuthLink to="/signup" search={true}>
              Sign up
            </AuthLink>
          ) : (
            "Ask an administrator to create one."
          )}
        </>
      }
    >
      {end && (
        <Notice icon={Info} role="status">
          {sessionEndText[end.reason]}
        </Notice>
      )}
      {/* After the login, this page's guard redirects. */}
      <LoginForm onLoggedIn={() => router.invalidate()}>
        <AuthLink to="/recover-password" search={true} className="w-fit text-sm">
          Forgot password?
        </AuthLink>
      </LoginForm>
    </AuthPage>
  )
}
