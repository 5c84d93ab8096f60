import { AlertDialog as AlertDialogPrimitive } from "radix-ui"
import type { ComponentProps } from "react"
import { overlayClasses, panelClasses } from "@/components/ui/dialog"
import { cn } from "@/lib/utils"

export const AlertDialog = AlertDialogPrimitive.Root
export const AlertDialogCancel = AlertDialogPrimitive.Cancel

interface AlertDialogContentProps extends ComponentProps<typeof AlertDialogPrimitive.Content> {
  /** Stacks the dialog above full-screen dialogs. */
  topmost?: boolean
}

export function AlertDialogContent({
  className,
  topmost = false,
  ...props
}: AlertDialogContentProps) {
  const layer = topmost && "z-[70]"
  return (
    <AlertDialogPrimitive.Portal>
      <AlertDialogPrimitive.Overlay className={cn(overlayClasses, layer)} />
      <AlertDialogPrimitive.Content
        className={cn(panelClasses, "max-w-md", layer, className)}
        {...props}
      />
    </AlertDialogPrimitive.Portal>
  )
}

export function AlertDialogTitle({
  className,
  ...props
}: ComponentProps<typeof AlertDialogPrimitive.Title>) {
  return (
    <AlertDialogPrimitive.Title
      className={cn("font-semibold text-lg leading-tight", className)}
      {...props}
    />
  )
}

export function AlertDialogDescription({
  className,
  ...props
}: ComponentProps<typeof AlertDialogPrimitive.Description>) {
  return (
    <AlertDialogPrimitive.Description
      className={cn("text-muted-foreground text-sm", className)}
      {...props}
    />
  )
}
