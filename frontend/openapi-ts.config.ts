import { defineConfig } from "@hey-api/openapi-ts"

/** openapi.json, written by the backend, becomes src/client: `bun run generate-client`. */
export default defineConfig({
  input: "./openapi.json",
  output: "./src/client",
  plugins: [
    { name: "@hey-api/client-axios", throwOnError: true },
    "@hey-api/typescript",
    "@hey-api/sdk",
    // The forms validate with these, so that no limit of the backend is written down a second time.
    { name: "zod", compatibilityVersion: "mini", requests: false, responses: false },
  ],
})
