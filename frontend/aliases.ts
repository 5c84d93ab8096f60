import { fileURLToPath } from "node:url"

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** The guest-js folder of the shell plugin's crate, with the generated bindings. */
export const guestJs = path("../src-tauri/crates/tauri-plugin-python-backend/guest-js")

/** Import aliases for Vite and Vitest; tsconfig.json repeats them for the type checker. */
export const aliases = {
  "@": path("src"),
  "tauri-plugin-python-backend-api": `${guestJs}/bindings.ts`,
  // Imported by the bindings, which have no node_modules in a parent folder.
  "@tauri-apps/api": path("node_modules/@tauri-apps/api"),
}
