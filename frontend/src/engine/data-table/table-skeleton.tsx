import { Skeleton } from "@/components/ui/skeleton"

const ROW_WIDTHS = ["w-2/3", "w-1/2", "w-3/4", "w-2/5", "w-3/5"]

/** Placeholder of a table while its first page loads. */
export function TableSkeleton({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className="divide-y">
      <div className="h-10 bg-muted/50" />
      {ROW_WIDTHS.map((width) => (
        <div key={width} className="flex h-13 items-center px-4">
          <Skeleton className={`h-4 max-w-100 ${width}`} />
        </div>
      ))}
    </div>
  )
}
