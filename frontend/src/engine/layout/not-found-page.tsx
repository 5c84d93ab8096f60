import { Link } from "@tanstack/react-router"
import { Compass } from "lucide-react"
import { Button } from "@/components/ui/button"
import { EmptyState } from "@/engine/components/empty-state"

/** The router's page for unknown paths. */
export function NotFoundPage() {
  return (
    <main className="flex h-full items-center justify-center">
      <EmptyState
        heading="h1"
        icon={Compass}
        title="Page not found"
        description="The page you are looking for does not exist."
      >
        <Button asChild>
          <Link to="/">Go home</Link>
        </Button>
      </EmptyState>
    </main>
  )
}
