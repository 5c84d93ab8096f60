import { realpathSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { defineConfig } from "vitest/config"
import { aliases } from "./aliases"

/** In VM contexts, bun finds no packages if their path is escaped in URLs, such as a path with a blank. */
const canUseVmContexts = [".", "node_modules/vitest"]
  .map((path) => realpathSync(fileURLToPath(new URL(path, import.meta.url))))
  .every((path) => pathToFileURL(path).pathname === path)

export default defineConfig({
  resolve: { alias: aliases },
  test: {
    // bun lacks the Node APIs that the default pool of processes needs. A VM context isolates a file for half the CPU time of a
    // thread.
    pool: canUseVmContexts ? "vmThreads" : "threads",
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
    // A test may use several findBy queries, each up to its timeout (asyncUtilTimeout) on a busy machine.
    testTimeout: 30_000,
  },
})
