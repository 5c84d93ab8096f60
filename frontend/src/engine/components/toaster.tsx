import { Toaster as Sonner } from "sonner"
import { useStore } from "@/engine/lib/store"
import { themeChoice } from "@/engine/lib/theme"

export function Toaster() {
  const theme = useStore(themeChoice)
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      toastOptions={{
        classNames: {
          // Clickable beside an open dialog as well.
          toast:
            "pointer-events-auto !rounded-lg !border-border !bg-popover !text-popover-foreground !shadow-lg",
          actionButton: "!bg-primary !font-medium !text-primary-foreground",
          description: "!text-muted-foreground whitespace-pre-line",
        },
      }}
    />
  )
}
