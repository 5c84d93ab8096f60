/** Test helpers of the engine, for the app's tests too. `setup.ts` is Vitest's setup file. */
export {
  type FakeRequest,
  type FakeResponse,
  fakeBackend,
  makeUser,
  networkError,
} from "@/engine/test/fake-backend"
export { renderWithQueries } from "@/engine/test/render"
