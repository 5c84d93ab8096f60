import { fileURLToPath } from "node:url"

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** The shell plugin's bindings, which lie in its crate. */
export const guestJs = path("../src-tauri/crates/tauri-plugin-python-backend/guest-js")

/** For Vite and Vitest; tsconfig.json has the same for the type checker. */
export const aliases = {
  "@": path("src"),
  "tauri-plugin-python-backend-api": `${guestJs}/bindings.ts`,
  // Of the bindings, which have no node_modules above them.
  "@tauri-apps/api": path("node_modules/@tauri-apps/api"),
}
