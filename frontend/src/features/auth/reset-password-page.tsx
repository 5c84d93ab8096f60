import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { ResetPasswordForm } from "@/features/auth/reset-password-form"

/** Without a token there is only the way to one. */
export function ResetPasswordPage({ token }: { token: string | undefined }) {
  return (
    <AuthPage
      title="Reset Password"
      text={
        token
          ? "Choose a new password. Wherever you are logged in, you are logged out."
          : "This page is opened by a recovery code, once and for a few minutes."
      }
      footer={
        <>
          Remember your password? <AuthLink to="/login">Log in</AuthLink>
        </>
      }
    >
      {token ? (
        <ResetPasswordForm token={token} />
      ) : (
        <AuthLink to="/recover-password" className="w-fit text-sm">
          Enter a recovery code
        </AuthLink>
      )}
    </AuthPage>
  )
}
