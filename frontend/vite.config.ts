import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import tailwindcss from "@tailwindcss/vite"
import { tanstackRouter } from "@tanstack/router-plugin/vite"
import react from "@vitejs/plugin-react"
import { defineConfig, type Plugin, type ProxyOptions } from "vite"
import { aliases, guestJs } from "./aliases"

interface ApiDocument {
  paths: Record<string, { get: { parameters: { name: string; schema: { maxLength?: number } }[] } }>
}

interface ShellConfig {
  productName: string
  build: { devUrl: string }
}

/** A JSON file beside this one. What it says is written down there only. */
function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as T
}

const shell = readJson<ShellConfig>("../src-tauri/tauri.conf.json")
const { version } = readJson<{ version: string }>("package.json")
const api = readJson<ApiDocument>("openapi.json")
const devUrl = new URL(shell.build.devUrl)
const backendUrl = process.env.BACKEND_URL

// Vite puts these into import.meta.env and, as %VITE_APP_NAME%, into index.html.
process.env.VITE_APP_NAME = shell.productName
process.env.VITE_APP_VERSION = version
// A page for a debug build of the shell has what shows broken edits; `make build` makes one without.
process.env.VITE_DEV_OVERLAY = process.env.RELEASE_PAGE ? "" : "on"
process.env.VITE_ITEM_SEARCH_MAX = longest("/api/v1/items/", "search")
process.env.VITE_USER_SEARCH_MAX = longest("/api/v1/users/", "q")

/** How many characters the backend takes for a list's parameter. */
function longest(path: string, parameter: string): string {
  const { schema } = api.paths[path]?.get.parameters.find(({ name }) => name === parameter) ?? {}
  if (!schema?.maxLength) throw new Error(`openapi.json knows no limit of ${parameter} at ${path}`)
  return String(schema.maxLength)
}

/**
 * TanStack's splitter writes the path of the checkout into an import between single quotes, without escaping, and Vite cuts
 * an import off at "#" and "?". In such a folder the routes stay in one script.
 */
const canSplitRoutes = !/['\\#?]/.test(
  fileURLToPath(new URL(".", import.meta.url)).replaceAll("\\", "/"),
)

/** To the backend, this server's own pages are its own; pages of any other origin stay strangers. */
function backendProxy(target: string): ProxyOptions {
  return {
    target,
    changeOrigin: true,
    configure: (proxy) => {
      proxy.on("proxyReq", (request) => {
        if (request.getHeader("origin") === devUrl.origin) {
          request.setHeader("origin", new URL(target).origin)
        }
      })
    },
  }
}

/**
 * A client that `make dev` made anew for a changed API would reload the page, and what is typed there would be lost.
 * Whoever wants to use it reloads the window.
 */
const clientStaysAsItIs: Plugin = {
  name: "client-stays-as-it-is",
  hotUpdate: ({ file, modules }) => (file.includes("/src/client/") ? [] : modules),
}

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: canSplitRoutes }),
    react(),
    tailwindcss(),
    clientStaysAsItIs,
  ],
  resolve: { alias: aliases },
  server: {
    host: devUrl.hostname,
    port: Number(devUrl.port),
    strictPort: true,
    fs: { allow: [".", guestJs] },
    proxy: backendUrl ? { "/api": backendProxy(backendUrl) } : undefined,
  },
  build: {
    // What Tailwind 4 needs, and the webviews of the supported systems have.
    target: ["safari16.4", "chrome111"],
    // The content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
  },
})
