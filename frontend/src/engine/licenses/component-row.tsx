import { ChevronRight } from "lucide-react"
import { useState } from "react"
import type { LicensedComponent } from "@/engine/shell"
import { cn } from "@/lib/utils"

const rowClasses = "flex min-h-11 items-center gap-x-3 px-4 py-2 text-sm"

interface ComponentRowProps {
  component: LicensedComponent
  texts: string[]
}

/** A component; its license texts are rendered when it is expanded. */
export function ComponentRow({ component, texts }: ComponentRowProps) {
  const [open, setOpen] = useState(false)
  if (!component.texts.length) {
    return (
      <div className={cn(rowClasses, "pl-11")}>
        <ComponentSummary component={component} />
      </div>
    )
  }
  return (
    // The list has hundreds of rows: content-visibility skips the layout of those outside the viewport.
    <details
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group/row [contain-intrinsic-size:auto_2.75rem] [content-visibility:auto]"
    >
      <summary
        className={cn(
          rowClasses,
          "cursor-pointer list-none hover:bg-accent/60 focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden",
        )}
      >
        <ChevronRight
          className="size-4 shrink-0 text-muted-foreground transition-transform group-open/row:rotate-90"
          aria-hidden
        />
        <ComponentSummary component={component} />
      </summary>
      {open && (
        <div className="grid gap-4 px-4 pt-1 pb-4 sm:pl-11">
          {component.texts.map(({ file, text }) => (
            <figure key={file} className="grid min-w-0 gap-1.5">
              <figcaption className="font-mono text-muted-foreground text-xs">{file}</figcaption>
              {/* Focusable, so that arrow keys scroll it. */}
              <section
                // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
                tabIndex={0}
                aria-label={`${file} of ${component.name}`}
                className="max-h-96 overflow-auto whitespace-pre-wrap break-words rounded-md border bg-muted p-3 font-mono text-xs leading-relaxed"
              >
                {texts[text]}
              </section>
            </figure>
          ))}
        </div>
      )}
    </details>
  )
}

function ComponentSummary({
  component: { name, version, license, texts },
}: {
  component: LicensedComponent
}) {
  return (
    <span className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <span className="min-w-0 break-words">
        <span className="font-medium">{name}</span>{" "}
        <span className="text-muted-foreground">{version}</span>
      </span>
      <span className="min-w-0 break-words text-muted-foreground">
        {license}
        {!texts.length && " (no license text)"}
      </span>
    </span>
  )
}
