import { screen, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test, vi } from "vitest"
import { saveFile } from "@/engine/lib/save-file"
import { filterComponents } from "@/engine/licenses/filter-components"
import { LicensesPage } from "@/engine/licenses/licenses-page"
import { LicensesSection } from "@/engine/licenses/licenses-section"
import { getBillOfMaterials, getLicenses, type Licenses } from "@/engine/shell"
import { renderRoutes } from "@/engine/test/render"

vi.mock("@/engine/lib/save-file", () => ({ saveFile: vi.fn() }))
vi.mock("@/engine/shell", async (original) => {
  const real = await original<typeof import("@/engine/shell")>()
  return { ...real, getLicenses: vi.fn(real.getLicenses), getBillOfMaterials: vi.fn() }
})

const licenses: Licenses = {
  groups: [
    {
      heading: "Python packages",
      components: [
        {
          name: "fastapi",
          version: "1.2.3",
          license: "MIT",
          texts: [
            { file: "LICENSE", text: 0 },
            { file: "NOTICE", text: 1 },
          ],
        },
        { name: "zlib", version: "1.3", license: "Zlib", texts: [] },
      ],
    },
    {
      heading: "npm packages",
      components: [
        { name: "react", version: "19", license: "MIT", texts: [{ file: "LICENSE", text: 0 }] },
      ],
    },
  ],
  missing: ["Rust crates"],
  texts: ["<b>Permission</b> is hereby granted", "To be noticed"],
}

const renderAt = (path: "/settings" | "/settings/licenses") =>
  renderRoutes({ "/settings": LicensesSection, "/settings/licenses": LicensesPage }, path)

async function renderPage() {
  vi.mocked(getLicenses).mockResolvedValue(licenses)
  renderAt("/settings/licenses")
  return await screen.findByRole("searchbox")
}

const summary = (name: string) => screen.getByText(name).closest("summary") as HTMLElement

test("an expanded component shows its license texts, without interpreting markup", async () => {
  await renderPage()
  expect(screen.getByText("3 components")).toBeVisible()
  expect(screen.queryByText(/hereby granted/)).not.toBeInTheDocument()
  await userEvent.click(summary("fastapi"))
  expect(await screen.findByRole("region", { name: "LICENSE of fastapi" })).toHaveTextContent(
    "<b>Permission</b> is hereby granted",
  )
  expect(screen.getByRole("region", { name: "NOTICE of fastapi" })).toHaveTextContent("noticed")
})

test("a component without a text and a missing group are marked", async () => {
  await renderPage()
  expect(screen.getByText("Zlib (no license text)")).toBeVisible()
  expect(screen.getByText(/^Not included.* Rust crates\.$/)).toBeVisible()
})

test("a search shows the matches, their headings and their number", async () => {
  const box = await renderPage()
  await userEvent.type(box, "MIT rea{Enter}")
  expect(await screen.findByText("1 of 3")).toBeVisible()
  expect(screen.getByRole("heading", { name: /npm packages/ })).toBeVisible()
  expect(screen.queryByText("fastapi")).not.toBeInTheDocument()
  await userEvent.clear(box)
  await userEvent.type(box, "nothing such{Enter}")
  expect(await screen.findByText("No components found")).toBeVisible()
  await userEvent.click(screen.getByRole("button", { name: "Clear search" }))
  expect(await screen.findByText("3 components")).toBeVisible()
})

test.each([
  ["", ["fastapi", "zlib", "react"]],
  ["MIT", ["fastapi", "react"]],
  ["1.2 fast", ["fastapi"]],
  ["granted", []],
])("the search '%s' matches name, version and license", (search, names) => {
  const found = filterComponents(licenses.groups, search).flatMap(({ components }) => components)
  expect(found.map(({ name }) => name)).toEqual(names)
})

test("the bill of materials is saved, or a toast shows why not", async () => {
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
  vi.mocked(getLicenses).mockResolvedValue(licenses)
  renderAt("/settings")
  const section = within(await screen.findByRole("region", { name: "Licenses" }))
  expect(await section.findByText(/^3 third-party components/)).toBeVisible()
  await userEvent.click(await section.findByRole("link", { name: "Show licenses" }))
  expect(await screen.findByRole("heading", { level: 1, name: "Licenses" })).toBeVisible()
  await userEvent.click(screen.getByRole("link", { name: "About" }))
  expect(await screen.findByRole("region", { name: "Licenses" })).toBeVisible()
})

test("the settings section shows why the list is missing, without a link", async () => {
  vi.mocked(getLicenses).mockRejectedValue(new Error("Run `make licenses`."))
  renderAt("/settings")
  const section = within(await screen.findByRole("region", { name: "Licenses" }))
  expect(await section.findByText("Run `make licenses`.")).toBeVisible()
  expect(section.queryByRole("link")).not.toBeInTheDocument()
})

test("the page shows why the list is missing", async () => {
  vi.mocked(getLicenses).mockRejectedValue(new Error("Run `make licenses`."))
  renderAt("/settings/licenses")
  expect(await screen.findByText("The licenses could not be loaded")).toBeVisible()
})

test("in a browser the settings section names the command that lists the licenses", async () => {
  renderAt("/settings")
  expect(await screen.findByText(/make licenses/)).toBeVisible()
})
