#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The public headers compile as they are installed, each for itself and all through <vss.h>, with
nothing but what the pkg-config file gives:
test-headers.py PKG-CONFIG FOLDER-OF-PC SOURCE-ROOT COMPILER... -- HEADER..."""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # noqa: E402


def relative(header, source_root):
    return pathlib.Path(header).resolve().relative_to(pathlib.Path(source_root).resolve())


def install(headers, source_root, folder):
    """The headers in the folders that meson installs them to."""
    for header in headers:
        target = folder / 'vss-1.0' / relative(header, source_root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(header, target)


def cflags(pkg_config, pc_folder, folder):
    """What the pkg-config file gives, were its folder of headers this one."""
    text = pathlib.Path(pc_folder, 'vss-1.0.pc').read_text(encoding='utf-8')
    lines = [f'includedir={folder}' if line.startswith('includedir=') else line
             for line in text.splitlines()]
    (folder / 'vss-1.0.pc').write_text('\n'.join(lines) + '\n', encoding='utf-8')
    environment = dict(os.environ, PKG_CONFIG_PATH=str(folder))
    done = subprocess.run([pkg_config, '--cflags', 'vss-1.0'], env=environment,
                          capture_output=True, text=True, check=True)
    return shlex.split(done.stdout)


def compile_text(compiler, language, flags, text):
    """Returns what the compiler says; empty if it is content."""
    done = subprocess.run([*shlex.split(compiler), '-x', language, '-fsyntax-only', '-Wall',
                           '-Wextra', '-Werror', *flags, '-'],
                          input=text, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ''


def main():
    split = sys.argv.index('--')
    pkg_config, pc_folder, source_root, *compilers = sys.argv[1:split]
    headers = sys.argv[split + 1:]
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        install(headers, source_root, folder)
        flags = cflags(pkg_config, pc_folder, folder)
        texts = {'<vss.h>': '#include <vss.h>\n'}
        for header in headers:
            path = relative(header, source_root)
            texts[str(path)] = f'#include "{path}"\n'
        for language, compiler in zip(('c', 'c++'), compilers):
            for what, text in texts.items():
                said = compile_text(compiler, language, flags, text)
                tap.check(f'{what} as {language}', not said, said)
    tap.finish()


if __name__ == '__main__':
    main()
