import { LoaderCircle } from "lucide-react"
import { Button, type ButtonProps } from "@/components/ui/button"

/** A button that can't be pressed again while what it started is under way. */
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
