import { ChevronLeft, ChevronRight, ChevronsLeft, ChevronsRight } from "lucide-react"
import { useId } from "react"
import { Button } from "@/components/ui/button"
import { NativeSelect } from "@/components/ui/native-select"
import {
  changePageSize,
  PAGE_SIZES,
  type PageParams,
  pageCount,
} from "@/engine/data-table/page-params"
import { formatCount } from "@/engine/lib/format"

interface PaginationProps extends PageParams {
  /** Total number of rows. */
  count: number
  onChange: (paging: PageParams) => void
}

/** Row range, page size and page buttons of a list. */
export function Pagination({ page, size, count, onChange }: PaginationProps) {
  const sizeId = useId()
  const pages = pageCount(count, size)
  const first = (page - 1) * size + 1
  const last = Math.min(page * size, count)

  const steps = [
    { label: "First page", icon: ChevronsLeft, to: 1, disabled: page <= 1 },
    { label: "Previous page", icon: ChevronLeft, to: page - 1, disabled: page <= 1 },
    { label: "Next page", icon: ChevronRight, to: page + 1, disabled: page >= pages },
    { label: "Last page", icon: ChevronsRight, to: pages, disabled: page >= pages },
  ]

  return (
    <nav
      aria-label="Pages"
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-t px-4 py-3 text-muted-foreground text-sm"
    >
      <p className="tabular-nums" aria-live="polite">
        {formatCount(first)}–{formatCount(last)} of {formatCount(count)}
      </p>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
        <div className="flex items-center gap-2">
          <label htmlFor={sizeId}>Rows per page</label>
          <NativeSelect
            id={sizeId}
            value={size}
            onChange={(event) =>
              onChange(changePageSize({ page, size }, Number(event.target.value)))
            }
          >
            {PAGE_SIZES.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </NativeSelect>
        </div>
        <div className="flex items-center gap-1">
          {steps.slice(0, 2).map(renderStep)}
          <span className="px-2 tabular-nums">
            Page {formatCount(page)} of {formatCount(pages)}
          </span>
          {steps.slice(2).map(renderStep)}
        </div>
      </div>
    </nav>
  )

  function renderStep({ label, icon: Icon, to, disabled }: (typeof steps)[number]) {
    return (
      <Button
        key={label}
        variant="ghost"
        size="icon-sm"
        aria-label={label}
        disabled={disabled}
        onClick={() => onChange({ page: to, size })}
      >
        <Icon />
      </Button>
    )
  }
}
