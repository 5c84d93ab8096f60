import { itemsExportItems, itemsImportItems } from "@/client/sdk.gen"
import { type ExportFormat, ExportSection, ImportSection } from "@/engine"
import { ITEMS_KEY } from "@/features/items/queries"

/** Exporting or importing 100,000 items takes seconds, on a slow disk longer. */
const TRANSFER_TIMEOUT_MS = 5 * 60_000

async function exportFile(format: ExportFormat): Promise<Blob> {
  const { data } = await itemsExportItems({
    query: { format },
    timeout: TRANSFER_TIMEOUT_MS,
    responseType: "blob",
  })
  return data as unknown as Blob // the generated type describes the file's content
}

const importFile = async (file: File) =>
  (await itemsImportItems({ body: file, timeout: TRANSFER_TIMEOUT_MS })).data

export function ItemsTransfer() {
  return (
    <>
      <ExportSection
        description="Download all your items as one file: JSON for programs, CSV for spreadsheets."
        entities="items"
        exportFile={exportFile}
      />
      <ImportSection
        description="Add items from a JSON or CSV file, such as an exported one. A CSV file needs a “title” column. A row with the id of one of your items replaces that item. A row without an id adds a new item. If a row is invalid, nothing is imported."
        queryKey={ITEMS_KEY}
        importFile={importFile}
      />
    </>
  )
}
