import type { BackupPublic, BackupReason } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
} from "@/components/ui/table"
import { DateTime } from "@/engine/components/date-time"
import { formatBytes } from "@/engine/lib/format"

interface BackupsTableProps {
  backups: BackupPublic[]
  onRestore: (backup: BackupPublic) => void
}

const REASONS: Record<BackupReason, string> = {
  manual: "Manual",
  migration: "Before an update",
  restore: "Before a restore",
}

const timeId = ({ name }: BackupPublic) => `backup-${name}`

export function BackupsTable({ backups, onRestore }: BackupsTableProps) {
  return (
    <div className="overflow-hidden rounded-lg border">
      <Table>
        <TableHeader>
          <tr>
            <TableHead>Created</TableHead>
            <TableHead className="hidden sm:table-cell">Reason</TableHead>
            <TableHead className="hidden w-28 text-right sm:table-cell">Size</TableHead>
            <TableHead className="w-28">
              <span className="sr-only">Actions</span>
            </TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {backups.map((backup) => (
            <TableRow key={backup.name}>
              <TableCell>
                <DateTime id={timeId(backup)} title={backup.name} at={backup.created_at} />
                <span className="block truncate text-muted-foreground text-xs sm:hidden">
                  {REASONS[backup.reason]}, {formatBytes(backup.size_bytes)}
                </span>
              </TableCell>
              <TableCell className="hidden text-muted-foreground sm:table-cell">
                {REASONS[backup.reason]}
              </TableCell>
              <TableCell className="hidden text-right text-muted-foreground tabular-nums sm:table-cell">
                {formatBytes(backup.size_bytes)}
              </TableCell>
              <TableCell className="text-right">
                <Button
                  variant="outline"
                  size="sm"
                  aria-describedby={timeId(backup)}
                  onClick={() => onRestore(backup)}
                >
                  Restore
                </Button>
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  )
}
