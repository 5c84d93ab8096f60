"""`python -m backend_host MODULE:APP`: serves any ASGI app under the launch contract, without configuration."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend_host import Application, run

if TYPE_CHECKING:
    from backend_host.settings.base import HostSettings


def main(argv: Sequence[str]) -> int:
    """Run the app named by `argv[0]` and return the exit status.

    `argv[0]` is `module:attribute`, or `module` for its attribute `app`. The host's flags follow.
    """
    if not argv or argv[0].startswith("-"):
        print("usage: python -m backend_host MODULE:APP [FLAGS] (MODULE:APP --help lists the flags)", file=sys.stderr)
        return 2
    target, *rest = argv
    return run(create_application(target), rest)


def create_application(target: str) -> Application:
    """Return the Application of a plain ASGI app: without additional settings, commands or a database."""

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
