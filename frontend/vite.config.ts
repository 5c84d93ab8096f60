import { existsSync, readFileSync } from "node:fs"
import tailwindcss from "@tailwindcss/vite"
import { tanstackRouter } from "@tanstack/router-plugin/vite"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

interface ShellConfig {
  productName: string
  build: { devUrl: string }
}

/** The app's name and the dev server's address are the shell's to say; they are written down there only. */
function readShellConfig(): ShellConfig {
  const file = new URL("../src-tauri/tauri.conf.json", import.meta.url)
  if (!existsSync(file)) return { productName: "App", build: { devUrl: "http://127.0.0.1:1420" } }
  return JSON.parse(readFileSync(file, "utf8")) as ShellConfig
}

export default defineConfig(() => {
  const shell = readShellConfig()
  const devUrl = new URL(shell.build.devUrl)
  const backendUrl = process.env.BACKEND_URL
  process.env.VITE_APP_NAME = shell.productName

  return {
    plugins: [tanstackRouter({ target: "react", autoCodeSplitting: true }), react(), tailwindcss()],
    resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
    server: {
      host: devUrl.hostname,
      port: Number(devUrl.port),
      strictPort: true,
      proxy: backendUrl ? { "/api": { target: backendUrl, changeOrigin: true } } : undefined,
    },
    // The oldest of the webviews that Tauri supports: WebKit of macOS 13 and WebKitGTK 2.40.
    build: { target: ["safari16", "chrome110"], assetsInlineLimit: 0 },
  }
})
