import type { UseQueryResult } from "@tanstack/react-query"
import { type ReactNode, useEffect } from "react"
import { LoadError } from "@/engine/components/load-error"
import { type OnParamsChange, type PageParams, pageCount } from "@/engine/data-table/page-params"
import { Pagination } from "@/engine/data-table/pagination"
import { cn } from "@/lib/utils"

interface PaginatedListProps<Row> {
  /** Query of one page of rows and the number of all rows. */
  query: UseQueryResult<{ data: Row[]; count: number }>
  params: PageParams
  onParamsChange: OnParamsChange<PageParams>
  errorTitle: string
  /** Shown while the first page loads. */
  skeleton: ReactNode
  /** Shown if there are no rows. */
  empty: ReactNode
  children: (rows: Row[]) => ReactNode
}

/** A page of rows with pagination, or its loading, error or empty state. */
export function PaginatedList<Row>({
  query: { data, error, isFetching, isPlaceholderData, refetch },
  params: { page, size },
  onParamsChange,
  errorTitle,
  skeleton,
  empty,
  children,
}: PaginatedListProps<Row>) {
  // The page no longer exists if the rows of the last page were deleted. A new history entry would trap the Back button.
  const lastPage = data && !isPlaceholderData ? pageCount(data.count, size) : page
  const outOfRange = page > lastPage
  useEffect(() => {
    if (outOfRange) onParamsChange({ page: lastPage, size }, { replace: true })
  }, [outOfRange, lastPage, size, onParamsChange])

  if (error && !data) {
    return (
      <LoadError title={errorTitle} error={error} retrying={isFetching} onRetry={() => refetch()} />
    )
  }
  if (!data || outOfRange) return skeleton
  if (data.count === 0) return empty
  return (
    <>
      <div
        aria-busy={isPlaceholderData}
        className={cn("transition-opacity", isPlaceholderData && "opacity-60")}
      >
        {children(data.data)}
      </div>
      <Pagination page={page} size={size} count={data.count} onChange={onParamsChange} />
    </>
  )
}
