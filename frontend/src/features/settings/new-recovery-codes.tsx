import { Check, Copy, Download, KeyRound } from "lucide-react"
import { useEffect, useRef } from "react"
import { Button } from "@/components/ui/button"
import { APP_NAME, Notice, saveFile, useCopyToClipboard } from "@/engine"

interface NewRecoveryCodesProps {
  codes: string[]
  onDone: () => void
}

/** Shows new codes once: the backend stores only their hashes. */
export function NewRecoveryCodes({ codes, onDone }: NewRecoveryCodesProps) {
  const { copied, copy } = useCopyToClipboard()
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => list.current?.focus(), [])
  const text = codes.join("\n")

  function save() {
    const content = `${APP_NAME}: recovery codes\n\n${text}\n`
    saveFile(new Blob([content], { type: "text/plain" }), "recovery-codes.txt")
  }

  return (
    <>
      <Notice icon={KeyRound} role="status">
        Save these codes in a safe place. They are not shown again.
      </Notice>
      <ul
        ref={list}
        tabIndex={-1}
        aria-label="Recovery codes"
        className="grid gap-x-6 gap-y-1.5 rounded-lg border bg-muted/50 p-4 font-mono text-sm outline-none sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code} className="select-all">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button variant="outline" onClick={() => copy(text)}>
          {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
          {copied ? "Copied" : "Copy"}
        </Button>
        <Button variant="outline" onClick={save}>
          <Download aria-hidden />
          Save to file
        </Button>
        <Button className="sm:ml-auto" onClick={onDone}>
          Done
        </Button>
      </div>
    </>
  )
}
