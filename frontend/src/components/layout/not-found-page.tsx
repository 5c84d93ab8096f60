import { Link } from "@tanstack/react-router"
import { Compass } from "lucide-react"
import { Button } from "@/components/ui/button"
import { EmptyState } from "@/components/ui/empty-state"

export function NotFoundPage() {
  return (
    <main className="flex h-full items-center justify-center">
      <EmptyState
        heading="h1"
        icon={Compass}
        title="Page not found"
        text="There is nothing at this address."
      >
        <Button asChild>
          <Link to="/">Go home</Link>
        </Button>
      </EmptyState>
    </main>
  )
}
