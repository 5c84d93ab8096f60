import { AuthLink } from "@/features/auth/auth-link"
import { AuthPage } from "@/features/auth/auth-page"
import { ResetPasswordForm } from "@/features/auth/reset-password-form"

export function ResetPasswordPage({ token }: { token: string | undefined }) {
  return (
    <AuthPage
      title="Reset Password"
      description={
        token
          ? "Enter a new password. You will be logged out on all devices."
          : "To reset your password, enter a recovery code first."
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
