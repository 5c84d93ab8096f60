import { TriangleAlert } from "lucide-react"
import type { ConfigFault } from "@/client/types.gen"
import { Notice } from "@/engine/components/notice"

export function ConfigFaultNotice({ fault }: { fault: ConfigFault }) {
  return (
    <Notice role="alert" icon={TriangleAlert}>
      <p className="font-medium">The settings file could not be used as it was</p>
      <p className="text-muted-foreground">
        {fault.reason}.{" "}
        {fault.set_aside
          ? `What could be read still counts. The old file is kept as ${fault.set_aside}.`
          : "What can be read still counts."}
      </p>
    </Notice>
  )
}
