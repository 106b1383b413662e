# SPDX-License-Identifier: MIT
# What demo.sh, test.sh and bench.sh share: the packages they need, and how they build.
# Sourced, never run.
# Callers run with `set -eu` and set ROOT to the top of the tree.
# shellcheck shell=sh

# Debian 12 package names, each once.
# shellcheck disable=SC2034  # read by the scripts that source this file
PACKAGES_BUILD="g++ meson ninja-build pkg-config libva-dev libdrm-dev linux-libc-dev
    libexpected-dev libhwy-dev libavcodec-dev libavformat-dev libavutil-dev
    libdav1d-dev zlib1g-dev"
# shellcheck disable=SC2034
PACKAGES_RUN="python3 ffmpeg vainfo"
# shellcheck disable=SC2034
PACKAGES_UNIT="libgtest-dev libgmock-dev"
# shellcheck disable=SC2034
PACKAGES_TEST="clang-14 libclang-rt-14-dev clang-format-14 shellcheck ccache binutils git valgrind
    gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
    gstreamer1.0-plugins-bad gstreamer1.0-gl gstreamer1.0-vaapi mpv xvfb weston dbus-daemon firefox-esr
    chromium"

# To build and check the Debian packages: at most 20 MB to download beside the rest, 34 MB installed.
# shellcheck disable=SC2034
PACKAGES_DEB="build-essential debhelper dpkg-dev fakeroot lintian mmdebstrap xz-utils"

# shellcheck disable=SC2034
PACKAGES_BENCH="libbenchmark-dev libswscale-dev libyuv-dev"

# fail LINE: says LINE on stderr and ends with the status for "the machine could not be set up".
setup_fail() {
    echo "$(basename "$0"): $1" >&2
    exit 5
}

# missing_packages NAME...: prints those that dpkg does not have installed.
missing_packages() {
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

# install_packages NAME...: installs what lacks with apt-get (through sudo when not root).
# Nothing lacks: apt is not touched, so a set-up machine needs neither network nor root.
install_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
        echo "not a Debian system: the packages are not installed for you ($*)" >&2
        return 0
    fi
    lacking=$(missing_packages "$@")
    [ -n "$lacking" ] || return 0
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            setup_fail "needs root or sudo to install: $lacking"
        as_root="sudo env DEBIAN_FRONTEND=noninteractive"
    fi
    export DEBIAN_FRONTEND=noninteractive
    echo "installing: $lacking"
    install_log=$(mktemp)
    # shellcheck disable=SC2086  # both are lists of words
    if ! { $as_root apt-get -qq update &&
        $as_root apt-get -qq -y --no-install-recommends install $lacking; } \
        >"$install_log" 2>&1 </dev/null; then
        tail -n 20 "$install_log" >&2
        rm -f "$install_log"
        setup_fail "apt-get could not install: $lacking"
    fi
    rm -f "$install_log"
}

# build DIR LOG NINJA_TARGET...: configures DIR if it is not yet, then builds; the log is shown only
# when something fails. MESON_OPTIONS: words for `meson setup`. Returns non-zero on failure.
build() {
    build_dir=$1
    build_log=$2
    shift 2
    mkdir -p "$(dirname "$build_log")"
    : >"$build_log"
    if [ ! -f "$build_dir/build.ninja" ]; then
        # No symbols for a debugger, as test.sh builds: a fifth less to compile.
        # shellcheck disable=SC2086  # a list of words
        meson setup "$build_dir" "$ROOT" -Ddebug=false ${MESON_OPTIONS-} >>"$build_log" 2>&1 </dev/null || {
            tail -n 25 "$build_log" >&2
            return 1
        }
    fi
    ninja -C "$build_dir" "$@" >>"$build_log" 2>&1 </dev/null || {
        grep -E -A12 'error|FAILED' "$build_log" | head -n 60 >&2
        return 1
    }
}
