# SPDX-License-Identifier: LGPL-2.1-or-later
"""Copies a built program with its own libraries to where the run's user can run it.

The build folder may be in a home that other users can't enter, and may be rebuilt while tests run.
"""

import shutil

from .errors import LabError
from .tree import libraries_of


def stage(program, build_dir, folder):
    """Copies the program and those of its libraries that the build made; returns the copy.

    The copy finds the libraries by LD_LIBRARY_PATH=folder.
    """
    if not program.exists():
        raise LabError(f"{program} is not built: run ninja in the build folder")
    ours = [library for library in libraries_of(program) if library.startswith(f"{build_dir}/")]
    for file in (str(program), *ours):
        shutil.copy(file, folder)
    folder.chmod(0o755)
    return folder / program.name
