#!/bin/sh
# SPDX-License-Identifier: MIT
# Install what the benchmarks need, build them, and run one.
#
# usage: ./bench.sh pixel|process [OPTION...]
#
#   pixel   reads a picture of 1920x1080 of every layout that a decoder may write, as vaGetImage
#           does, beside memcpy of as many bytes from the same memory. Both run in turns, in random
#           order; the table has the medians. GB/s are bytes of the picture as it lies in memory.
#           x86-64 has two tables: with vectors, and with the plain loops of a processor without.
#   process scales, converts, turns and deinterlaces pictures, beside libswscale and libyuv with one
#           thread and vectors of the same width, and memcpy of the bytes that are read and written.
#           Run as pixel; the table has milliseconds a picture and ratios of times.
#
# OPTIONs are Google Benchmark's, --benchmark_filter=NV15 for one. On Debian 12 as root or with
# sudo; packages are installed with apt-get, only what lacks. The build is in build-bench/.
#
# Exit code: 0 measured · 1 the build or a benchmark failed · 2 wrong use · 5 no set-up
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
case "${1-}" in
pixel) PROGRAMS="bench-pixel bench-pixel-plain" ;;
process) PROGRAMS=bench-process ;;
*)
    echo "bench.sh: there are two benchmarks: pixel and process (see --help)" >&2
    exit 2
    ;;
esac
shift
# shellcheck source=tools/lib/setup.sh
. "$ROOT/tools/lib/setup.sh"
# shellcheck disable=SC2086  # lists of words
install_packages $PACKAGES_BUILD $PACKAGES_BENCH

MESON_OPTIONS="-Dbench=true -Dtests=false -Dvirtual=false"
echo "building build-bench"
build "$ROOT/build-bench" "$ROOT/out/build-bench.log" || exit 1
sed -n 's/^model name[^:]*: */machine: /p' /proc/cpuinfo | head -n 1
for program in $PROGRAMS; do
    [ -x "$ROOT/build-bench/bench/$program" ] || continue
    echo "$program"
    "$ROOT/build-bench/bench/$program" "$@"
done
