/// <reference types="vite/client" />

interface ImportMetaEnv {
  readonly VITE_APP_NAME: string
  readonly VITE_APP_VERSION: string
  readonly VITE_ITEM_SEARCH_MAX: string
  readonly VITE_USER_SEARCH_MAX: string
  /** Empty in a page that is made for a release. */
  readonly VITE_DEV_OVERLAY: string
}
