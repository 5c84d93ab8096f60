import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { ArrowRight } from "lucide-react"
import { Button } from "@/components/ui/button"
import { Card } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { DateTime, formatCount, LoadError, TruncatedText } from "@/engine"
import { NoItems } from "@/features/items/no-items"
import { recentItemsQuery } from "@/features/items/queries"

/** The number of items and the newest items. */
export function RecentItems() {
  const { data, error, isFetching, refetch } = useQuery(recentItemsQuery)

  if (error && !data) {
    return (
      <Card>
        <LoadError
          title="The items could not be loaded"
          error={error}
          retrying={isFetching}
          onRetry={() => refetch()}
        />
      </Card>
    )
  }
  return (
    <div className="grid items-start gap-4 md:grid-cols-[15rem_1fr]">
      <Card className="flex items-center justify-between gap-4 p-5 md:flex-col md:items-start">
        <div className="grid gap-1">
          <h2 className="font-medium text-muted-foreground text-sm">Total items</h2>
          {data ? (
            <p className="font-semibold text-4xl tabular-nums tracking-tight">
              {formatCount(data.count)}
            </p>
          ) : (
            <Skeleton className="h-10 w-16" />
          )}
        </div>
        <Button asChild variant="outline" size="sm">
          <Link to="/items">
            Show all
            <ArrowRight aria-hidden />
          </Link>
        </Button>
      </Card>
      <Card className="min-w-0 overflow-hidden">
        <h2 className="border-b px-5 py-3.5 font-medium text-muted-foreground text-sm">
          Recently added
        </h2>
        {!data && (
          <div className="grid gap-5 p-5" role="status" aria-label="Loading items">
            <Skeleton className="h-4 w-2/3" />
            <Skeleton className="h-4 w-1/2" />
            <Skeleton className="h-4 w-3/5" />
          </div>
        )}
        {data?.count === 0 && <NoItems />}
        <ul className="divide-y">
          {data?.data.map((item) => (
            <li key={item.id} className="flex items-baseline justify-between gap-4 px-5 py-3">
              <TruncatedText className="min-w-0 font-medium text-sm" title={item.title}>
                {item.title}
              </TruncatedText>
              <DateTime at={item.created_at} className="shrink-0 text-muted-foreground text-xs" />
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}
