import { TriangleAlert } from "lucide-react"
import type { ConfigFault } from "@/client/types.gen"
import { Notice } from "@/engine/components/notice"

/** Warns that config.json could not be read completely. */
export function ConfigFaultNotice({ fault }: { fault: ConfigFault }) {
  return (
    <Notice role="alert" icon={TriangleAlert}>
      <p className="font-medium">The settings file could not be read completely</p>
      <p className="text-muted-foreground first-letter:uppercase">
        {fault.reason}.{" "}
        {fault.moved_to
          ? `The readable settings were applied. The old file was saved as ${fault.moved_to}.`
          : "Its readable settings apply when the backend starts."}
      </p>
    </Notice>
  )
}
