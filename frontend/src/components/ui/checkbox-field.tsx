import { type ComponentProps, useId } from "react"

/** A checkbox and its label. */
export function CheckboxField({ label, ...props }: ComponentProps<"input"> & { label: string }) {
  const id = useId()
  return (
    <div className="flex items-center gap-2.5">
      <input id={id} type="checkbox" className="size-4 accent-primary" {...props} />
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
    </div>
  )
}
