// SPDX-License-Identifier: MIT
// Which of the two sets of kernels this processor gets.
#include "pixel/kernels.h"

#if defined(V4L2VA_VECTOR_KERNELS) && defined(__arm__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace v4l2va {

#ifdef V4L2VA_VECTOR_KERNELS

namespace {

// For the flags of meson.build's vector_args.
bool has_vectors() {
#ifdef __arm__
    constexpr unsigned long kNeeded = HWCAP_NEON | HWCAP_VFPv4;
    return (getauxval(AT_HWCAP) & kNeeded) == kNeeded;
#else
    return __builtin_cpu_supports("ssse3") != 0;
#endif
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& chosen = has_vectors() ? kVectorKernels : kBaselineKernels;
    return chosen;
}

#else

const Kernels& kernels() { return kBaselineKernels; }

#endif

}  // namespace v4l2va
