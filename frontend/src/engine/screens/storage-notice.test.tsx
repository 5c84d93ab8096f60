import { render, screen } from "@testing-library/react"
import { StrictMode } from "react"
import { afterEach, expect, test } from "vitest"
import { Toaster } from "@/engine/components/toaster"
import { storageBlocked } from "@/engine/lib/browser-storage"
import { StorageNotice } from "@/engine/screens/storage-notice"

const page = (
  <StrictMode>
    <Toaster />
    <StorageNotice />
  </StrictMode>
)

afterEach(() => storageBlocked.set(false))

test("that the browser stores nothing is said once", async () => {
  storageBlocked.set(true)
  render(page)
  expect(await screen.findAllByText("Your browser blocks site data")).toHaveLength(1)
})

test("nothing is said of a browser that stores", async () => {
  render(page)
  expect(screen.queryByText(/blocks site data/)).not.toBeInTheDocument()
})
