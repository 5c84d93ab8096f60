import { defineConfig } from "vitest/config"
import { aliases } from "./aliases"

export default defineConfig({
  resolve: { alias: aliases },
  test: {
    // bun, which runs the tools, lacks what the default pool of processes needs.
    pool: "threads",
    environment: "jsdom",
    setupFiles: ["src/engine/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    env: {
      VITE_APP_NAME: "App under test",
      VITE_APP_VERSION: "0.0.0",
      VITE_ITEM_SEARCH_MAX: "20",
      VITE_USER_SEARCH_MAX: "20",
    },
    restoreMocks: true,
    // What a test waits for has a timeout of its own; on a busy machine several of those may be needed.
    testTimeout: 30_000,
  },
})
