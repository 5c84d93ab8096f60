import type { UpdateProgress } from "@/engine/shell"

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

export function DownloadProgress({ received, total }: UpdateProgress) {
  const percent = total ? Math.floor((received / total) * 100) : undefined
  return (
    <div className="grid gap-2 text-muted-foreground text-sm">
      <div
        role="progressbar"
        aria-label="Download"
        aria-valuenow={percent}
        className="h-1.5 overflow-hidden rounded-full bg-muted"
      >
        <div className="h-full rounded-full bg-primary" style={{ width: `${percent ?? 0}%` }} />
      </div>
      <p className="tabular-nums">
        {megabytes(received)} {total ? `of ${megabytes(total)} MB` : "MB"}
      </p>
    </div>
  )
}
