"""The stand-in: a CPython compiled on this machine, for where no release can be reached.

Same minor version and ABI as the pin, packed as the very install_only archive the pipeline expects, and labelled
(PROVENANCE.json, stand-in: true, shippable: false) wherever provenance is shown. Debian only: the pristine source
is the one Debian carries, fetched through the machine's own apt mirror.
"""

APT_PACKAGES = (
    "build-essential",
    "pkg-config",
    "patchelf",
    "libssl-dev",
    "libsqlite3-dev",
    "libffi-dev",
    "zlib1g-dev",
    "libbz2-dev",
    "liblzma-dev",
    "uuid-dev",
)
"""Debian packages the build needs; bootstrap installs them."""
