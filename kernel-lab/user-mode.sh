# SPDX-License-Identifier: MIT
# What kernel-lab/build and kernel-lab/build-boards share: a kernel's source as a User Mode Linux
# program.
# Sourced after common.sh, never run. Callers define prepare_tree, which changes the source in $tree.
# shellcheck shell=sh

# What no kernel without hardware needs: not unpacked, which halves the time that it takes. The files
# of Kconfig stay, since they name each other whatever the architecture is.
OTHER_ARCHITECTURES="alpha arc arm arm64 csky hexagon loongarch m68k microblaze mips nios2 openrisc parisc
    powerpc riscv s390 sh sparc xtensa"
NOT_NEEDED="arch/*/boot/dts Documentation/*.rst Documentation/*.yaml Documentation/*.txt
    Documentation/*.svg drivers/gpu/drm/amd/*.[ch] drivers/gpu/drm/i915/*.[ch]
    drivers/gpu/drm/nouveau/*.[ch] drivers/net/ethernet/*.[ch] drivers/net/wireless/*.[ch] sound/*.[ch] fs/xfs/*.[ch] fs/btrfs/*.[ch]
    tools/testing tools/perf"

# configure ARCHIVE FRAGMENT...: unpacks the source and configures it with all of the fragments; sets
# `make` to the command that builds it.
configure() {
    archive=$1
    shift
    tree=$work/linux
    mkdir "$tree" "$work/objects"
    excluded=
    set -f
    for pattern in $NOT_NEEDED; do excluded="$excluded --exclude=*/$pattern"; done
    for name in $OTHER_ARCHITECTURES; do excluded="$excluded --exclude=*/arch/$name/*.[chS]"; done
    # shellcheck disable=SC2086  # a list of words
    tar -x -f "$archive" -C "$tree" --strip-components=1 $excluded
    set +f
    prepare_tree
    jobs=${V4L2VA_JOBS:-$(nproc)}
    make="make -C $tree O=$work/objects ARCH=um -j$jobs"
    cat "$@" >"$work/fragment"
    KCONFIG_ALLCONFIG="$work/fragment" $make allnoconfig
    # An option that the kernel dropped silently would be missed only much later.
    grep '^CONFIG_' "$work/fragment" | while read -r option; do
        grep -qxF "$option" "$work/objects/.config" || { echo "not in the kernel: $option"; exit 1; }
    done
}

# Beyond these a build only compiles and links more, and runs programs of the same packages.
check_configured() {
    $make modules_prepare
    for program in bc cpio depmod strip xz; do
        command -v $program || { echo "build: $program: not found"; exit 1; }
    done
}

# Leaves linux, modules/ and version in $work/result.
make_configured() {
    $make linux modules
    $make INSTALL_MOD_PATH="$work/result/modules" INSTALL_MOD_STRIP=1 modules_install
    strip -o "$work/result/linux" "$work/objects/linux"
    $make -s kernelrelease >"$work/result/version"
}
