# SPDX-License-Identifier: MIT
"""Builds trees with meson, and runs recipes that this machine may be unable to follow."""

import re
import subprocess

import harness

ROOT, OUT = harness.ROOT, harness.OUT
CANNOT = 5  # exit code of a recipe: this machine cannot have what it makes

# The compiler's own list of headers, not a run of the preprocessor before that of the compiler.
CCACHE_SETTINGS = {'CCACHE_DEPEND': '1'}


def compile_tree(directory, options, env, setup=(), targets=tuple):
    """(worked, one line of reason); the whole output is in out/<directory>.log.

    OPTIONS: of meson, set again in a tree that there is; SETUP: what can be said only once;
    TARGETS: a function, asked when the tree is set up, for ninja's targets (default: all).
    """
    log = OUT / f'{directory}.log'
    path = ROOT / directory
    if (path / 'build.ninja').is_file():
        first = ['meson', 'configure', *options, path]  # a demo may have turned the tests off
    else:
        first = ['meson', 'setup', *setup, *options, path, ROOT]
    with open(log, 'wb') as file:
        def run(*command):
            return subprocess.run([str(word) for word in command], cwd=ROOT, env=env,
                                  stdin=subprocess.DEVNULL, stdout=file,
                                  stderr=subprocess.STDOUT, check=False).returncode == 0
        worked = run(*first) and run('ninja', '-C', path, *targets())
    if worked:
        return True, ''
    lines = log.read_text(errors='replace').splitlines()
    wrong = [line for line in lines if re.search(r'\berror:|ERROR:|undefined reference', line)]
    for line in list(dict.fromkeys(wrong))[:20]:
        print(f'    {line}')
    return False, f'all of it: out/{log.name}'


def follow(recipe, *words):
    """(PASS, FAIL or SKIP; the last line of stdout; one line of reason) of a script."""
    done = subprocess.run([str(word) for word in (recipe, *words)], cwd=ROOT,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors='replace', check=False)
    result = {0: 'PASS', CANNOT: 'SKIP'}.get(done.returncode, 'FAIL')
    answer = done.stdout.splitlines()[-1] if done.stdout.strip() else ''
    said = done.stderr.strip().splitlines()
    reason = '' if result == 'PASS' else said[-1] if said else f'exit {done.returncode}'
    return result, answer, reason
