import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { ArrowLeft, Download } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import { Button } from "@/components/ui/button"
import { Skeleton } from "@/components/ui/skeleton"
import { LoadError } from "@/engine/components/load-error"
import { PageHeader } from "@/engine/components/page-header"
import { errorMessage } from "@/engine/connection/errors"
import { saveFile } from "@/engine/lib/save-file"
import { LicensesList } from "@/engine/licenses/licenses-list"
import { licensesQuery } from "@/engine/licenses/queries"
import { getBillOfMaterials } from "@/engine/shell"

/** A page of the app with all third-party components and their license texts. Its route is `/settings/licenses`. */
export function LicensesPage() {
  const { data, error, isFetching, refetch } = useQuery(licensesQuery)
  const [search, setSearch] = useState("")
  return (
    <>
      <Button variant="ghost" size="sm" asChild className="-ml-3 w-fit text-muted-foreground">
        <Link to="/settings" search={{ tab: "about" }}>
          <ArrowLeft aria-hidden />
          About
        </Link>
      </Button>
      <PageHeader
        title="Licenses"
        description="The third-party components of this app and their licenses."
      >
        <Button variant="outline" onClick={saveBillOfMaterials}>
          <Download aria-hidden />
          Save bill of materials
        </Button>
      </PageHeader>
      {data && <LicensesList licenses={data} search={search} onSearch={setSearch} />}
      {!data && error && (
        <LoadError
          title="The licenses could not be loaded"
          error={error}
          retrying={isFetching}
          onRetry={() => refetch()}
        />
      )}
      {!data && !error && (
        <div role="status" aria-label="Loading licenses">
          <Skeleton className="h-80" />
        </div>
      )}
    </>
  )
}

async function saveBillOfMaterials(): Promise<void> {
  try {
    const content = await getBillOfMaterials()
    saveFile(new Blob([content], { type: "application/json" }), "sbom.cdx.json")
  } catch (error) {
    toast.error("The bill of materials could not be saved", { description: errorMessage(error) })
  }
}
