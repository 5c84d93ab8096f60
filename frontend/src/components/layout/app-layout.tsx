import { Outlet, useRouter } from "@tanstack/react-router"
import { Menu } from "lucide-react"
import { useEffect, useState } from "react"
import { Sidebar } from "@/components/layout/sidebar"
import { Button } from "@/components/ui/button"
import { Sheet, SheetContent, SheetTrigger } from "@/components/ui/sheet"
import { APP_NAME } from "@/engine"
import { cn } from "@/lib/utils"

const COMPACT_KEY = "sidebar-compact"

export function AppLayout() {
  const [compact, setCompact] = useState(() => localStorage.getItem(COMPACT_KEY) === "true")
  const [sheetOpen, setSheetOpen] = useState(false)
  const router = useRouter()
  useEffect(() => router.subscribe("onBeforeNavigate", () => setSheetOpen(false)), [router])

  function toggleCompact() {
    localStorage.setItem(COMPACT_KEY, String(!compact))
    setCompact(!compact)
  }

  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-popover px-4 py-2 text-sm shadow-md focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to content
      </a>
      <aside
        className={cn(
          "hidden shrink-0 border-sidebar-border border-r bg-sidebar transition-[width] duration-200 md:block",
          compact ? "w-[4.0625rem]" : "w-60",
        )}
      >
        <Sidebar compact={compact} onToggleCompact={toggleCompact} />
      </aside>
      <header className="flex h-14 shrink-0 items-center gap-2 border-b bg-sidebar px-3 md:hidden">
        <Sheet open={sheetOpen} onOpenChange={setSheetOpen}>
          <SheetTrigger asChild>
            <Button variant="ghost" size="icon" aria-label="Open menu">
              <Menu className="size-5" />
            </Button>
          </SheetTrigger>
          <SheetContent title="Menu">
            <Sidebar />
          </SheetContent>
        </Sheet>
        <span className="truncate font-semibold text-sm">{APP_NAME}</span>
      </header>
      <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
        <div className="mx-auto flex max-w-5xl flex-col gap-6 px-4 py-6 md:px-8 md:py-10">
          <Outlet />
        </div>
      </main>
    </div>
  )
}
