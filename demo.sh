#!/bin/sh
# SPDX-License-Identifier: MIT
# Show the driver at work: install what it needs, build, decode a file through VA-API, compare every
# frame with software decoding, and write a contact sheet of the decoded frames.
#
# usage: ./demo.sh [FILE]
#
# FILE      a video (default: a clip of 720p H.264 with B-frames, made with ffmpeg and libx264)
#
# Works on Debian 12, as root or with sudo; packages are installed with apt-get, only what lacks.
# The decoder is this machine's own where it has one that the driver can use (/dev/media*), else the
# virtual one, a device in user space that really decodes. V4L2VA_DEMO_DEVICE=virtual takes the
# virtual one in any case. The contact sheet goes to out/ in this directory.
#
# Exit code: 0 every frame is bit-exact and the driver decoded it · 1 frames differ, or the driver
# did not decode · 2 wrong use, or FILE is missing · 3 FILE is not a video · 4 its codec or profile
# is not supported · 5 the machine could not be set up, or the build failed
set -eu
ROOT=$(cd "$(dirname "$0")" && pwd)

case ${1-} in
-h | --help)
    sed -n '3,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"
    exit 0
    ;;
esac
if [ $# -gt 1 ]; then
    echo "demo.sh: takes one file (--help tells more)" >&2
    exit 2
fi
# Before anything is installed or built: a file that is not there needs neither.
if [ $# -eq 1 ] && [ ! -e "$1" ]; then
    echo "demo.sh: $1: no such file" >&2
    exit 2
elif [ $# -eq 1 ] && [ ! -f "$1" ]; then
    echo "demo.sh: $1: not a regular file" >&2
    exit 2
elif [ $# -eq 1 ] && [ ! -r "$1" ]; then
    echo "demo.sh: $1: permission denied" >&2
    exit 2
fi

# shellcheck source=tools/lib/setup.sh
. "$ROOT/tools/lib/setup.sh"
# shellcheck disable=SC2086  # lists of words
install_packages $PACKAGES_BUILD $PACKAGES_RUN

python3 "$ROOT/tools/lib/demo.py" --check "$@" # what cannot be decoded needs no build

BUILD=${V4L2VA_BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
export V4L2VA_BUILD="$BUILD"
# shellcheck disable=SC2034  # read by build
MESON_OPTIONS=-Dtests=false # so that a demo needs no test library; test.sh turns it on
[ -f "$BUILD/build.ninja" ] || echo "building in $BUILD"
build "$BUILD" "$ROOT/out/build.log" \
    src/va/v4l2_request_drv_video.so virtual/libv4l2va-virtual.so ||
    setup_fail "the build failed (all of it: $ROOT/out/build.log)"
exec python3 "$ROOT/tools/lib/demo.py" "$@"
