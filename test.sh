#!/bin/sh
# SPDX-License-Identifier: MIT
# Install what the tests need, build, and run them all.
#
# usage: ./test.sh [--only REGEX] [--list] [--quick] [--arch arm64|armhf]
#
#   --only REGEX   run the tests whose name matches (extended regular expression, anywhere)
#   --list         print the names of the tests, run nothing
#   --quick        leave out the sanitizers, ARM and the tests of more than seconds
#   --arch ARCH    build for ARCH and run its unit tests and fuzzers' inputs under qemu-user, and on
#                  arm64 vainfo and ffmpeg with the installed module on the virtual decoder; no more
#
# Names: build/gcc build/asan build/kernel build/kernel-smp build/kernel-boards · unit/… api/… fuzz/…
# virtual/… (meson tests) · asan/…/… (the same on the sanitized build) · lint/… · clients/… (stock
# programs on the virtual decoder, tests/clients/run) · packaging/… (packages, archives and the
# edit of Firefox' sandbox, tests/packaging/run; those that build packages only with --only
# packaging/) · kernel/… (on a real kernel, which is built once in several minutes,
# tests/kernel/run) · arm64/… (the driver, its conversion kernels, golden controls and ABI, built for
# arm64 and run under qemu-user; skipped where that cannot be had).
# Works on Debian 12 as root or with sudo; packages are installed with apt-get, only what lacks.
# Before the last line stand the ten slowest tests, the minutes that each group took, and what failed.
# Ends with the line `N passed, N failed` (`, N skipped` when there are any).
#
# Exit code: 0 no failure · 1 a test failed, or none ran · 2 wrong use · 5 no set-up
set -eu
ROOT=$(cd "$(dirname "$0")" && pwd)

for word in "$@"; do
    case $word in
    -h | --help)
        sed -n '3,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"
        exit 0
        ;;
    esac
done
# shellcheck source=tools/lib/setup.sh
. "$ROOT/tools/lib/setup.sh"
# shellcheck disable=SC2086  # lists of words
install_packages $PACKAGES_BUILD $PACKAGES_RUN $PACKAGES_UNIT $PACKAGES_TEST $PACKAGES_DEB
exec python3 "$ROOT/tools/lib/test_runner.py" "$@"
