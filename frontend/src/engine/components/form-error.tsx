import { CircleAlert } from "lucide-react"

/** Error message of a form that does not belong to a single field. */
export function FormError({ children }: { children: string | undefined }) {
  if (!children) return null
  return (
    <p
      role="alert"
      className="flex gap-2.5 whitespace-pre-line rounded-md border border-danger-text/30 bg-danger-text/8 px-3 py-2 text-danger-text text-sm"
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      {children}
    </p>
  )
}
