import { Skeleton } from "@/components/ui/skeleton"

const rows = ["w-2/3", "w-1/2", "w-3/4", "w-2/5", "w-3/5"]

/** Rows like the table's, until its first ones are there. */
export function UsersSkeleton() {
  return (
    <div role="status" aria-label="Loading users" className="divide-y">
      <div className="h-10 bg-muted/50" />
      {rows.map((width) => (
        <div key={width} className="flex h-13 items-center gap-3 px-4">
          <Skeleton className="size-8 rounded-full" />
          <Skeleton className={`h-4 max-w-80 ${width}`} />
        </div>
      ))}
    </div>
  )
}
