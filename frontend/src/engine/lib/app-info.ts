/** Both come from the build: the shell's configuration and package.json. */
export const APP_NAME = import.meta.env.VITE_APP_NAME
export const APP_VERSION = import.meta.env.VITE_APP_VERSION
