/// <reference types="vite/client" />

interface ImportMetaEnv {
  readonly VITE_APP_NAME: string
  readonly VITE_APP_VERSION: string
  readonly VITE_ITEM_SEARCH_MAX: string
  readonly VITE_USER_SEARCH_MAX: string
  /** "on", or empty in a release build. */
  readonly VITE_DEV_OVERLAY: string
}
