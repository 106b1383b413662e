# SPDX-License-Identifier: MIT
"""The lists of packages: every program that a script runs comes with one of its list's, and
packaging/fresh-machine shows that they suffice where there is nothing else."""

import ast
import functools
import os
import re
import subprocess
from pathlib import Path

import harness
from packages import follow
from suite import Skip, check, test

ROOT = harness.ROOT
FRESH_MACHINE = ROOT / 'packaging' / 'fresh-machine'
KERNELS = ('build', 'build-smp', 'build-boards')  # in kernel-lab/
FRESH_TIMEOUT = 5400
PLACES = ('/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin')
# Programs that a script can do without: (script, program).
OPTIONAL = {
    ('packaging/build', 'ccache'),
    ('packaging/build', 'git'),  # an unpacked archive has none
    ('kernel-lab/common.sh', 'sudo'),
    ('tools/lib/setup.sh', 'sudo'),
}
# A word where a shell looks for a command: at the start of a line, or after what begins a command
# or runs one.
COMMAND = re.compile(
    r'(?:^|[;&|({`!]|\b(?:then|do|else|if|elif|while|until|exec|command -v|xargs|env|sudo|nice|'
    r'setsid|time)\b(?:\s+-\S+)*)\s*(?:\w+=\S*\s+)*([A-Za-z][\w.+-]*)(?=[\s;|)&]|$)', re.M)


def shell(script):
    """What /bin/sh says that has read the lists and the functions around them."""
    done = harness.run(['sh', '-c', f'set -eu; ROOT={ROOT}; . {ROOT}/tools/lib/setup.sh; '
                        f'. {ROOT}/tools/lib/listed.sh; {script}'], 60)
    check(done.status == 0, done.why(300))
    return done.out


def need_dpkg():
    if harness.need('dpkg-query', 'apt-cache'):
        raise Skip('no Debian system')


@functools.cache
def lists():
    """{name: packages} of tools/lib/setup.sh."""
    names = re.findall(r'^(PACKAGES_\w+)=', (ROOT / 'tools/lib/setup.sh').read_text(), re.M)
    return {name: shell(f'echo ${name}').split() for name in names}


@functools.cache
def programs_of(packages):
    """The names of the programs that these packages bring, with all that they depend on."""
    return frozenset(Path(line).name for line in
                     shell(f'listed_programs {" ".join(packages)}').splitlines())


@functools.cache
def here():
    """The programs that this machine has, whatever brought them."""
    return frozenset(name for place in PLACES if os.path.isdir(place) for name in os.listdir(place))


def list_of(path, text):
    """The packages that the script PATH may count on: what it installs, else what ./test.sh does."""
    if path.parent.name == 'kernel-lab':
        return tuple(sorted({package for kernel in KERNELS for package in tools(kernel)}))
    asked = [word for words in re.findall(r'^\s*install_packages (.*?)(?: >&2)?$', text, re.M)
             for word in words.split()]
    known = lists()
    wanted = [package for word in asked
              for package in known.get(word.lstrip('$'), [] if '$' in word else [word])]
    if not wanted:
        wanted = [package for packages in known.values() for package in packages]
    local = re.search(r'^tools="(.*)"$', text, re.M)  # tools/cross/sysroot
    if local:
        wanted += [word for word in local[1].split() if '$' not in word]
    return tuple(sorted(set(wanted)))


def tools(kernel):
    return harness.run([ROOT / 'kernel-lab' / kernel, '--tools'], 30).out.split()


def shell_commands(text):
    text = re.sub(r"<<'?(\w+)'?.*?^\1$", '', text, flags=re.M | re.S)  # what another reads
    text = re.sub(r'(?:^|\s)#.*', '', text)
    functions = set(re.findall(r'^\s*(\w+)\(\)', text, re.M))
    return {match[1] for match in COMMAND.finditer(text)} - functions


def python_commands(text):
    """The first words of lists, which is how a command is written, and what harness.need() asks for."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        words = []
        if isinstance(node, ast.List):
            words = node.elts[:1]
        elif isinstance(node, ast.Call) and getattr(node.func, 'attr', '') in ('need', 'which'):
            words = node.args
        found |= {word.value for word in words
                  if isinstance(word, ast.Constant) and isinstance(word.value, str)}
    return found


def scripts():
    """[(path, text, the commands in it)] of all scripts that git knows or would add."""
    listed = subprocess.run(['git', '-C', str(ROOT), '-c', 'safe.directory=*', 'ls-files', '-z',
                             '--cached', '--others', '--exclude-standard'],
                            capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise Skip('not a git repository')
    for name in filter(None, listed.stdout.split('\0')):
        path = ROOT / name
        if path.is_symlink() or not path.is_file():
            continue
        head = path.open('rb').readline()
        if path.suffix == '.py' or head.startswith(b'#!') and b'python' in head:
            text = path.read_text()
            yield path, text, python_commands(text)
        elif path.suffix == '.sh' or head.startswith(b'#!'):
            text = path.read_text()
            yield path, text, shell_commands(text)


@test('lists-programs')
def every_program():
    """A program that a script runs and this machine has comes with a package of the script's list."""
    need_dpkg()
    wrong, count = [], 0
    for path, text, commands in scripts():
        listed = programs_of(list_of(path, text))
        used = commands & here()
        count += len(used)
        place = str(path.relative_to(ROOT))
        wrong += [f'{place}: {name}' for name in sorted(used - listed)
                  if (place, name) not in OPTIONAL]
    check(not wrong, f'no listed package has {"; ".join(wrong)}')
    return f'{count} programs'


@test('lists-debian')
def build_depends():
    """packaging/build installs what the source package's Build-Depends names."""
    recipe = ROOT / 'packaging' / 'build'
    control = (ROOT / 'packaging/debian/control').read_text()
    field = re.search(r'^Build-Depends:((?:\n .*)+)', control, re.M)[1]
    needed = set(re.findall(r'^ ([\w.+-]+)', field, re.M)) - {'debhelper-compat'}
    needed.add('build-essential')  # which every package may count on
    lacking = needed - set(list_of(recipe, recipe.read_text()))
    check(needed and not lacking, f'not installed: {" ".join(sorted(lacking))}')
    return f'{len(needed)} packages'


def depends(words, *options):
    """{package: what it depends on}, as apt's lists have it, nothing installed or not."""
    done = harness.run(['apt-cache', 'depends', '--no-recommends', '--no-suggests', '--no-enhances',
                        '--no-breaks', '--no-conflicts', '--no-replaces', *options, *words], 60)
    check(done.status == 0, done.why())
    found, package = {}, None
    for line in done.out.splitlines():
        if not line.startswith(' '):
            package = line
            found[package] = set()
        elif line.lstrip(' |').startswith(('Depends: ', 'PreDepends: ')):
            found[package].add(line.split(': ')[1])
    return found


@test('lists-kernel-smp')
def kernel_packages():
    """What Debian says that its kernel's makefiles need is in the list of kernel-lab/build-smp."""
    need_dpkg()
    named = harness.run(['apt-cache', 'pkgnames', 'linux-kbuild-6.12.'], 30).out.split()
    if not named:
        raise Skip('apt knows no linux-kbuild-6.12')
    version = max(named, key=lambda name: [int(word) for word in re.findall(r'\d+', name)])
    headers = version.replace('kbuild', 'headers') + '-amd64'
    needed = set().union(*depends([version, headers]).values())
    needed = {name for name in needed if not name.startswith('linux-')}  # unpacked, or not needed
    check('libc6' in needed, f'{version} needs {sorted(needed)}')
    lacking = needed - set(depends(tools('build-smp'), '--recurse'))
    check(not lacking, f'{version} needs {" ".join(sorted(lacking))}')
    return ' '.join(sorted(needed))


@test('fresh-machine', slow=True)
def fresh_machine():
    """The README's commands, and each way in which ./test.sh sets up, on minimal systems."""
    done = harness.run([FRESH_MACHINE, '--list'], 30)
    steps = [line.split()[0] for line in done.out.splitlines()]
    check(done.status == 0 and len(steps) > 5, f'--list: {done.out}{done.err}')
    done = harness.run([FRESH_MACHINE, 'no-such-step'], 30)
    check(done.status == 2 and 'no-such-step' in done.err, f'a step that is none: {done.err}')
    done = follow([FRESH_MACHINE], FRESH_TIMEOUT)
    return '; '.join(line.split('PASS  ')[1] for line in done.out.splitlines() if 'PASS' in line)
