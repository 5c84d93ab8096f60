"""Names of Chromium and Chrome on the PATH. Runs on Python 3.7 and newer."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
