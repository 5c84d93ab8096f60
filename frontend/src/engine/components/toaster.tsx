import { Toaster as Sonner } from "sonner"
import { useStore } from "@/engine/lib/store"
import { themeChoice } from "@/engine/lib/theme"

/** The container of sonner's toasts. Render it once. */
export function Toaster() {
  const theme = useStore(themeChoice)
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      // sonner sets another font stack.
      className="!font-sans"
      toastOptions={{
        classNames: {
          // Clickable while a modal dialog is open.
          toast:
            "pointer-events-auto !rounded-lg !border-border !bg-popover !text-popover-foreground !shadow-lg",
          actionButton: "!bg-primary !font-medium !text-primary-foreground",
          description: "!text-muted-foreground whitespace-pre-line",
        },
      }}
    />
  )
}
