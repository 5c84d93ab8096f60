import { LoaderCircle } from "lucide-react"
import { Button, type ButtonProps } from "@/components/ui/button"

/** A button that is disabled and shows a spinner while its action is pending. */
export function LoadingButton({
  pending,
  disabled,
  children,
  ...props
}: ButtonProps & { pending: boolean }) {
  return (
    <Button disabled={pending || disabled} aria-busy={pending} {...props}>
      {pending && <LoaderCircle className="animate-spin" aria-hidden />}
      {children}
    </Button>
  )
}
