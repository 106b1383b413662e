# SPDX-License-Identifier: MIT
# What kernel-lab/build... share: packages, the cache, one build at a time.
# Sourced, never run. Callers set HERE and TOOLS, and define make_kernel, which leaves its result
# in $work/result and finds no program but those of TOOLS and of what every Debian has. Who defines
# check_kernel has the option --check, which calls that instead. Whose source is no package that can
# be installed here sets SOURCE_PACKAGE to nothing, and defines get_source, which is called before
# either and ends with setup_fail where it cannot be had.
# shellcheck shell=sh
ROOT=$(cd "$HERE/.." && pwd)
# shellcheck source=tools/lib/setup.sh
. "$ROOT/tools/lib/setup.sh"
# shellcheck source=tools/lib/listed.sh
. "$ROOT/tools/lib/listed.sh"

SOURCE_PACKAGE=${SOURCE_PACKAGE-linux-source-6.12}
SOURCE=/usr/src/$SOURCE_PACKAGE.tar.xz

has_candidate() {
    case $(apt-cache policy "$SOURCE_PACKAGE" 2>/dev/null) in
    *Candidate:*[0-9]*) return 0 ;;
    esac
    return 1
}

# debian_server: prints where this machine's packages come from; nothing where that is not Debian 12.
debian_server() {
    # shellcheck disable=SC2016  # apt's own variables
    apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Component: main' 2>/dev/null |
        head -n 1
}

# Debian 12 has the source among its security updates. A machine without these can have it from the
# backports, from the server that its other packages come from.
offer_source() {
    [ -n "$SOURCE_PACKAGE" ] || return 0
    has_candidate && return 0
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get -qq update >/dev/null 2>&1 || true
    has_candidate && return 0
    server=$(debian_server)
    [ -n "$server" ] || return 0
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$server bookworm-backports main" |
        $as_root tee /etc/apt/sources.list.d/v4l2va-backports.list >/dev/null
}

install_or_fail() {
    lacking=$(missing_packages "$@")
    [ -n "$lacking" ] || return 0
    [ "$install" = yes ] || setup_fail "not installed: $lacking"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
        setup_fail "needs root or sudo to install: $lacking"
    fi
    offer_source
    # shellcheck disable=SC2086  # a list of words
    install_packages $lacking >&2
}

# lab_main NAME RECIPE FILE [OPTION...]: prints the folder of the kernel NAME, built when the cache
# has none of this RECIPE (a list of files) with FILE in it.
lab_main() {
    name=$1
    # shellcheck disable=SC2086  # a list of files
    key=kernel-$name-$(cat $2 | sha256sum | cut -c 1-16)
    file=$3
    shift 3
    lab_options "$@"
    cache=${V4L2VA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/v4l2va}
    kernel=$cache/$key
    if [ $check = yes ] || [ ! -e "$kernel/$file" ]; then
        [ "$(uname -m)" = x86_64 ] || setup_fail "the kernel lab is for x86-64 machines"
        mkdir -p "$cache"
        # One build at a time; who waited finds the kernel ready.
        exec 9>"$cache/lock-$name"
        flock 9
    fi
    if [ $check = yes ]; then
        lab_build check_kernel
        exit 0
    fi
    if [ ! -e "$kernel/$file" ]; then
        lab_build make_kernel
        rm -rf "$kernel"
        mv "$work/result" "$kernel"
    fi
    echo "$kernel"
}

# lab_options OPTION...: sets `install` and `check`; of the others it ends the script.
lab_options() {
    install=yes
    check=no
    for word in "$@"; do
        case $word in
        -h | --help)
            sed -n '3,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"
            exit 0
            ;;
        --key)
            echo "$key"
            exit 0
            ;;
        --no-install) install=no ;;
        --tools)
            echo "$TOOLS $SOURCE_PACKAGE"
            exit 0
            ;;
        *)
            if [ "$word" != --check ] || ! command -v check_kernel >/dev/null; then
                echo "$(basename "$0"): unknown option $word (see --help)" >&2
                exit 2
            fi
            check=yes
            ;;
        esac
    done
}

# lab_build FUNCTION: calls it in a new folder $work, which goes when the script ends.
lab_build() {
    # One recipe at a time calls apt-get.
    exec 8>"$cache/lock-apt"
    flock 8
    # shellcheck disable=SC2086  # a list of words
    install_or_fail $TOOLS $SOURCE_PACKAGE
    flock -u 8
    work=$(mktemp -d "$cache/building.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' INT TERM
    mkdir "$work/result"
    ! command -v get_source >/dev/null || get_source
    # shellcheck disable=SC2086  # a list of words
    link_programs "$work/programs" $TOOLS $SOURCE_PACKAGE
    log=$cache/build-$name.log
    [ "$1" = check_kernel ] || echo "building the kernel, once (log: $log)" >&2
    # Outside of a condition: `set -e` has no effect within one.
    set +e
    (
        set -e
        export PATH="$work/programs"
        $1
    ) >"$log" 2>&1 </dev/null
    status=$?
    set -e
    if [ $status -ne 0 ]; then
        grep -iE 'error|not in the kernel|FAILED|no linux' "$log" | tail -n 20 >&2
        echo "$(basename "$0"): the kernel could not be built$(missing_program "$log")" >&2
        exit 1
    fi
}

# missing_program LOG: `: NAME: not found` when a shell or make says so.
missing_program() {
    sed -nE 's/.*[: ]([^ :/]+): (command )?not found$/: \1: not found/p
        s/^make[^ ]*: ([^ :/]+): No such file or directory$/: \1: not found/p' "$1" | tail -n 1
}
