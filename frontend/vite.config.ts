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

/** Reads a JSON file; `path` is relative to this file. */
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
// Includes the development overlay, except in release builds (`make build` sets RELEASE_BUILD).
process.env.VITE_DEV_OVERLAY = process.env.RELEASE_BUILD ? "" : "on"
process.env.VITE_ITEM_SEARCH_MAX = maxLength("/api/v1/items/", "search")
process.env.VITE_USER_SEARCH_MAX = maxLength("/api/v1/users/", "q")

/** The maximum length of a query parameter of `GET path`, in characters. */
function maxLength(path: string, parameter: string): string {
  const { schema } = api.paths[path]?.get.parameters.find(({ name }) => name === parameter) ?? {}
  if (!schema?.maxLength)
    throw new Error(`openapi.json has no maxLength for ${parameter} of ${path}`)
  return String(schema.maxLength)
}

/**
 * TanStack Router's code splitting inserts the checkout's path into an import without escaping quotes, and Vite truncates
 * import paths at "#" and "?". A checkout with such a path is built without code splitting.
 */
const canSplitRoutes = !/['#?]/.test(fileURLToPath(new URL(".", import.meta.url)))

/** Proxies requests to the backend. Replaces this dev server's `Origin` by the backend's; other origins are unchanged. */
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
 * Excludes the generated client from hot updates. When `make dev` regenerates it for a changed API, a hot update would
 * reload the page and lose unsaved text; developers reload the window to use the new client.
 */
const ignoreClientUpdates: Plugin = {
  name: "ignore-client-updates",
  hotUpdate: ({ file, modules }) => (file.includes("/src/client/") ? [] : modules),
}

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: canSplitRoutes }),
    react(),
    tailwindcss(),
    ignoreClientUpdates,
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
    // The minimum of Tailwind 4. The oldest supported macOS (`minimumSystemVersion` in tauri.conf.json) has it.
    target: ["safari16.4", "chrome111"],
    // The content security policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
  },
})
