import { useRouter } from "@tanstack/react-router"
import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { LoginForm } from "@/features/auth/login-form"
import { sessionEndText } from "@/features/auth/session-end-text"
import { sessionEnd } from "@/lib/session"
import { useStore } from "@/lib/store"

export function LoginPage() {
  const router = useRouter()
  const end = useStore(sessionEnd)
  return (
    <AuthPage
      title="Login to your account"
      footer={
        <>
          Don't have an account yet?{" "}
          <AuthLink to="/signup" search={true}>
            Sign up
          </AuthLink>
        </>
      }
    >
      {end && (
        <p role="status" className="rounded-md bg-muted px-3 py-2 text-sm">
          {sessionEndText[end.reason]}
        </p>
      )}
      {/* The guard of this page sends on whoever is logged in. */}
      <LoginForm onLoggedIn={() => router.invalidate()}>
        <AuthLink to="/recover-password" search={true} className="w-fit text-sm">
          Forgot your password?
        </AuthLink>
      </LoginForm>
    </AuthPage>
  )
}
