/** The engine's exports: the only module of the engine that the app imports. Its tests may import all modules. */
export { AboutSections } from "@/engine/about/about-sections"
export { aboutQuery } from "@/engine/about/queries"
export { BackupsSection } from "@/engine/backups/backups-section"
export { ConfirmDialog } from "@/engine/components/confirm-dialog"
export { DateTime } from "@/engine/components/date-time"
export { DialogFormFooter } from "@/engine/components/dialog-form-footer"
export { EmptyState } from "@/engine/components/empty-state"
export { FormDialogContent } from "@/engine/components/form-dialog-content"
export { FormError } from "@/engine/components/form-error"
export { LazyMenu, type LazyMenuContentProps } from "@/engine/components/lazy-menu"
export { LoadError } from "@/engine/components/load-error"
export { Logo } from "@/engine/components/logo"
export { Notice } from "@/engine/components/notice"
export { PageHeader } from "@/engine/components/page-header"
export { SearchBox } from "@/engine/components/search-box"
export { SettingsSection } from "@/engine/components/settings-section"
export { SidebarButton, sidebarRowClasses } from "@/engine/components/sidebar-button"
export { Toaster } from "@/engine/components/toaster"
export { TruncatedText } from "@/engine/components/truncated-text"
export { serverUrl } from "@/engine/connection/connection"
export { errorCode, errorMessage } from "@/engine/connection/errors"
export {
  clearSession,
  isLoggedIn,
  type SessionEndReason,
  sessionEnd,
  startSession,
} from "@/engine/connection/session"
export { useListMutation, useOptimisticListMutation } from "@/engine/data-table/mutations"
export { NoSearchResults } from "@/engine/data-table/no-search-results"
export {
  defaultPageParams,
  type OnParamsChange,
  type PageParams,
  parsePageParams,
  parseSearchText,
} from "@/engine/data-table/page-params"
export { PaginatedList } from "@/engine/data-table/paginated-list"
export { focusRowActions, RowActions, rowLabelId } from "@/engine/data-table/row-actions"
export { SortHeader } from "@/engine/data-table/sort-header"
export { TableSkeleton } from "@/engine/data-table/table-skeleton"
export { type FieldBinding, useAppForm } from "@/engine/forms/use-app-form"
export { createErrorMap } from "@/engine/forms/validation"
export { ErrorPage } from "@/engine/layout/error-page"
export { NotFoundPage } from "@/engine/layout/not-found-page"
export { ThemeMenu } from "@/engine/layout/theme-menu"
export { usePageTitle } from "@/engine/layout/use-page-title"
export { APP_NAME, APP_VERSION } from "@/engine/lib/app-info"
export { bidiIsolate } from "@/engine/lib/bidi-isolate"
export { formatCount, initials } from "@/engine/lib/format"
export { internalPath } from "@/engine/lib/internal-path"
export { lazyWithPreload } from "@/engine/lib/lazy-with-preload"
export { saveFile } from "@/engine/lib/save-file"
export { useStore } from "@/engine/lib/store"
export { useCopyToClipboard } from "@/engine/lib/use-copy-to-clipboard"
export { LicensesPage } from "@/engine/licenses/licenses-page"
export { ApplicationSettings } from "@/engine/runtime-settings/application-settings"
export { useUpdateSettings } from "@/engine/runtime-settings/queries"
export { SettingState } from "@/engine/runtime-settings/setting-state"
export { BackendGate } from "@/engine/screens/backend-gate"
export { FullScreenDialog } from "@/engine/screens/full-screen-dialog"
export { StartingScreen } from "@/engine/screens/starting-screen"
export { StorageNotice } from "@/engine/screens/storage-notice"
export { LoginServerInfo, ServerLink } from "@/engine/server/server-link"
export { runsInShell } from "@/engine/shell"
export { attachRouter, startEngine } from "@/engine/start"
export { type ExportFormat, ExportSection } from "@/engine/transfer/export-section"
export { ImportSection } from "@/engine/transfer/import-section"
