"""Gives code objects file names of the checkout, for breakpoints and tracebacks. The shell runs this source before run.py."""

import importlib.machinery
import os

checkout_by_source = {}
"""Folder in the checkout by source folder."""
load_code = importlib.machinery.SourceFileLoader.get_code


def get_code(self, fullname):
    """Compile a module of a source folder with a `co_filename` in the checkout.

    `__file__` remains in the source folder, which contains the app's other files.
    """
    path = self.get_filename(fullname)
    for source, origin in checkout_by_source.items():
        if path.startswith(source + os.sep):
            return self.source_to_code(self.get_data(path), origin + path.removeprefix(source))
    return load_code(self, fullname)


importlib.machinery.SourceFileLoader.get_code = get_code
