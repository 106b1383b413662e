# SPDX-License-Identifier: MIT
# A new minimal Debian system, made with mmdebstrap: what packaging/chroot-test and
# packaging/fresh-machine share.
# Sourced after setup.sh, never run. Callers set `work`, an empty folder, and define fail STATUS LINE.
# shellcheck shell=sh

# find_sources: sets `release` to this machine's Debian release and leaves in $work/sources where its
# apt has that from.
find_sources() {
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    for suite in "$release" "$release-security"; do
        # SITE, RELEASE and COMPONENT are apt's, not the shell's.
        # shellcheck disable=SC2016
        apt-get indextargets --format '$(ORIGIN)|deb $(SITE) $(RELEASE) $(COMPONENT)' \
            'Created-By: Packages' "Codename: $suite" | sed -n 's/^Debian|//p' | sort -u
    done >"$work/sources"
    grep -q . "$work/sources" || fail 5 "apt knows no Debian mirror of $release"
}

# minimal_system TARGET CACHE OPTION...: a system of `release` in the folder TARGET, or in one that is
# gone afterwards (/dev/null), with mmdebstrap's OPTIONs, whose hooks do the work in it. CACHE keeps
# the packages. Its log is $work/log.
minimal_system() {
    target=$1 cache=$2
    shift 2
    mkdir -p "$cache"
    # In unshare mode the hooks are another user's.
    chmod 755 "$work"
    # shellcheck disable=SC2016  # $1 is the hook's, the new system's folder
    TMPDIR=${TMPDIR:-/var/tmp} mmdebstrap --variant=apt --quiet \
        --aptopt='Acquire::Languages "none"' --aptopt='APT::Keep-Downloaded-Packages "true"' \
        --dpkgopt='force-unsafe-io' --skip=cleanup/apt,download/empty,essential/unlink \
        --setup-hook='mkdir -p "$1/var/cache/apt/archives"' \
        --setup-hook="sync-in '$cache' /var/cache/apt/archives" \
        --customize-hook="sync-out /var/cache/apt/archives '$cache'" \
        "$@" \
        --customize-hook="sync-out /var/cache/apt/archives '$cache'" \
        "$release" "$target" "$work/sources" >"$work/log" 2>&1 </dev/null
}

# no_system_here: whether $work/log says that this machine cannot make one, for lack of rights or of
# a network.
no_system_here() {
    grep -qE 'unshare|subuid|newuidmap|Operation not permitted|Could not connect|Temporary failure' \
        "$work/log"
}
