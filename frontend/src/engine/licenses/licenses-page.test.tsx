import { screen, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test, vi } from "vitest"
import { saveFile } from "@/engine/lib/save-file"
import { matching } from "@/engine/licenses/filter-components"
import { LicensesPage } from "@/engine/licenses/licenses-page"
import { LicensesSection } from "@/engine/licenses/licenses-section"
import { getBillOfMaterials, getLicences, type Licences } from "@/engine/shell"
import { renderRoutes } from "@/engine/test/render"

vi.mock("@/engine/lib/save-file", () => ({ saveFile: vi.fn() }))
vi.mock("@/engine/shell", async (original) => {
  const real = await original<typeof import("@/engine/shell")>()
  return { ...real, getLicences: vi.fn(real.getLicences), getBillOfMaterials: vi.fn() }
})

const licences: Licences = {
  rooms: [
    {
      heading: "Python packages",
      components: [
        {
          name: "fastapi",
          version: "1.2.3",
          licence: "MIT",
          texts: [
            { file: "LICENSE", text: 0 },
            { file: "NOTICE", text: 1 },
          ],
        },
        { name: "zlib", version: "1.3", licence: "Zlib", texts: [] },
      ],
    },
    {
      heading: "npm packages",
      components: [
        { name: "react", version: "19", licence: "MIT", texts: [{ file: "LICENSE", text: 0 }] },
      ],
    },
  ],
  missing: ["Rust crates"],
  texts: ["<b>Permission</b> is hereby granted", "To be noticed"],
}

const renderAt = (path: "/settings" | "/settings/licences") =>
  renderRoutes({ "/settings": LicensesSection, "/settings/licences": LicensesPage }, path)

async function renderPage() {
  vi.mocked(getLicences).mockResolvedValue(licences)
  renderAt("/settings/licences")
  return await screen.findByRole("searchbox")
}

const summary = (name: string) => screen.getByText(name).closest("summary") as HTMLElement

test("a component shows its texts once it is unfolded, as text", async () => {
  await renderPage()
  expect(screen.getByText("3 parts")).toBeVisible()
  expect(screen.queryByText(/hereby granted/)).not.toBeInTheDocument()
  await userEvent.click(summary("fastapi"))
  expect(await screen.findByRole("region", { name: "LICENSE of fastapi" })).toHaveTextContent(
    "<b>Permission</b> is hereby granted",
  )
  expect(screen.getByRole("region", { name: "NOTICE of fastapi" })).toHaveTextContent("noticed")
})

test("one without a text says so, and what could not be listed is named", async () => {
  await renderPage()
  expect(screen.getByText("Zlib (no text comes with it)")).toBeVisible()
  expect(screen.getByText(/^Not listed.* Rust crates\.$/)).toBeVisible()
})

test("a search leaves what it finds, with its heading, and says how much", async () => {
  const box = await renderPage()
  await userEvent.type(box, "MIT rea{Enter}")
  expect(await screen.findByText("1 of 3")).toBeVisible()
  expect(screen.getByRole("heading", { name: /npm packages/ })).toBeVisible()
  expect(screen.queryByText("fastapi")).not.toBeInTheDocument()
  await userEvent.clear(box)
  await userEvent.type(box, "nothing such{Enter}")
  expect(await screen.findByText("Nothing found")).toBeVisible()
  await userEvent.click(screen.getByRole("button", { name: "Clear search" }))
  expect(await screen.findByText("3 parts")).toBeVisible()
})

test.each([
  ["", ["fastapi", "zlib", "react"]],
  ["MIT", ["fastapi", "react"]],
  ["1.2 fast", ["fastapi"]],
  ["granted", []],
])("'%s' finds by name, version and licence", (search, names) => {
  const found = matching(licences.rooms, search).flatMap(({ components }) => components)
  expect(found.map(({ name }) => name)).toEqual(names)
})

test("the bill of materials is saved, or it is said why not", async () => {
  vi.mocked(getBillOfMaterials).mockResolvedValueOnce(new ArrayBuffer(7))
  await renderPage()
  const button = screen.getByRole("button", { name: "Save bill of materials" })
  await userEvent.click(button)
  expect(saveFile).toHaveBeenCalledWith(expect.objectContaining({ size: 7 }), "sbom.cdx.json")
  vi.mocked(getBillOfMaterials).mockRejectedValueOnce(new Error("Run `make sbom`."))
  await userEvent.click(button)
  expect(await screen.findByText("Run `make sbom`.")).toBeVisible()
})

test("the settings section shows the number of components and links to the page", async () => {
  vi.mocked(getLicences).mockResolvedValue(licences)
  renderAt("/settings")
  const section = within(await screen.findByRole("region", { name: "Licences" }))
  expect(await section.findByText(/^3 parts that others wrote/)).toBeVisible()
  await userEvent.click(await section.findByRole("link", { name: "Show licences" }))
  expect(await screen.findByRole("heading", { level: 1, name: "Licences" })).toBeVisible()
  await userEvent.click(screen.getByRole("link", { name: "About" }))
  expect(await screen.findByRole("region", { name: "Licences" })).toBeVisible()
})

test("the settings section shows why the list is missing, without a link", async () => {
  vi.mocked(getLicences).mockRejectedValue(new Error("Run `make licences`."))
  renderAt("/settings")
  const section = within(await screen.findByRole("region", { name: "Licences" }))
  expect(await section.findByText("Run `make licences`.")).toBeVisible()
  expect(section.queryByRole("link")).not.toBeInTheDocument()
})

test("the page shows why the list is missing", async () => {
  vi.mocked(getLicences).mockRejectedValue(new Error("Run `make licences`."))
  renderAt("/settings/licences")
  expect(await screen.findByText("The licences can't be shown")).toBeVisible()
})

test("in a browser the settings section says where to read them", async () => {
  renderAt("/settings")
  expect(await screen.findByText(/make licences/)).toBeVisible()
})
