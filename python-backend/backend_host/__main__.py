"""`python -m backend_host module:app`: serves any ASGI app by the launch contract, without a line of configuration."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend_host import Application, run

if TYPE_CHECKING:
    from backend_host.settings.base import HostSettings


def main(argv: Sequence[str]) -> int:
    """`argv` is the app, as `module:attribute` or `module` (attribute `app`), and the host's flags; the exit status."""
    if not argv or argv[0].startswith("-"):
        print("usage: python -m backend_host MODULE:APP [FLAGS]; --help after it lists them", file=sys.stderr)
        return 2
    target, *rest = argv
    return run(host(target), rest)


def host(target: str) -> Application:
    """The Application of an ASGI app without settings, commands or database of its own."""

    def settings_class() -> type[HostSettings]:
        from backend_host.settings.base import HostSettings

        return HostSettings

    def settings() -> HostSettings:
        from backend_host.settings.sources import SettingsSources

        return SettingsSources(settings_class()).load()

    package = target.partition(":")[0].partition(".")[0]
    return Application(target, f"backend_host {target}", (package,), settings_class, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
