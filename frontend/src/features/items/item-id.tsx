import { Check, Copy } from "lucide-react"
import { Button } from "@/components/ui/button"
import { useCopyToClipboard } from "@/engine"

/** The first characters of the ID, and a button that copies the full ID. */
export function ItemId({ id }: { id: string }) {
  const { copied, copy } = useCopyToClipboard()
  return (
    <span className="flex items-center gap-1">
      <code className="font-mono text-muted-foreground text-xs" title={id}>
        {id.slice(0, 8)}
      </code>
      <Button
        variant="ghost"
        size="icon-sm"
        className="size-7 text-muted-foreground"
        aria-label={copied ? "ID copied" : "Copy ID"}
        onClick={() => copy(id)}
      >
        {copied ? <Check className="size-3.5" /> : <Copy className="size-3.5" />}
      </Button>
    </span>
  )
}
