import { Ellipsis } from "lucide-react"
import type { ReactNode } from "react"
import { Button } from "@/components/ui/button"
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu"

const triggerId = (rowId: string) => `actions-${rowId}`

/** DOM id of the element that names a row; it describes the row's menu button. */
export const rowLabelId = (rowId: string) => `label-${rowId}`

/** Handles `onCloseAutoFocus` of a dialog that the menu opened: focuses the menu button, or the page if the row is gone. */
export function focusRowActions(event: Event, rowId: string): void {
  event.preventDefault()
  const target = document.getElementById(triggerId(rowId)) ?? document.getElementById("content")
  target?.focus()
}

interface RowActionsProps {
  rowId: string
  /** Loads the code of the dialogs that the menu opens. */
  onPreload: () => void
  /** DropdownMenuItems. */
  children: ReactNode
}

/** Menu button of a table row. */
export function RowActions({ rowId, onPreload, children }: RowActionsProps) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          id={triggerId(rowId)}
          variant="ghost"
          size="icon-sm"
          className="text-muted-foreground"
          onPointerEnter={onPreload}
          onFocus={onPreload}
          aria-label="Actions"
          aria-describedby={rowLabelId(rowId)}
        >
          <Ellipsis />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">{children}</DropdownMenuContent>
    </DropdownMenu>
  )
}
