import { Toaster as Sonner } from "sonner"
import { useStore } from "@/lib/store"
import { themeChoice } from "@/lib/theme"

export function Toaster() {
  const theme = useStore(themeChoice)
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      toastOptions={{
        classNames: {
          toast: "!rounded-lg !border-border !bg-popover !text-popover-foreground !shadow-lg",
          description: "!text-muted-foreground whitespace-pre-line",
        },
      }}
    />
  )
}
