/** Name and version of the app. Set at build time from tauri.conf.json and package.json. */
export const APP_NAME = import.meta.env.VITE_APP_NAME
export const APP_VERSION = import.meta.env.VITE_APP_VERSION
