// SPDX-License-Identifier: MIT
// Which of the two sets of kernels this processor gets.
#include "pixel/kernels.h"
#include "pixel/process_kernels.h"

#ifdef V4L2VA_VECTOR_KERNELS
#ifdef __arm__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#else
#include <cpuid.h>
#endif
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
    // __builtin_cpu_supports() would bring libgcc's static constructor into the module.
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_SSSE3) != 0;
#endif
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& chosen = has_vectors() ? kVectorKernels : kBaselineKernels;
    return chosen;
}

const ProcessKernels& process_kernels() {
    static const ProcessKernels& chosen =
        has_vectors() ? kVectorProcessKernels : kBaselineProcessKernels;
    return chosen;
}

#else

const Kernels& kernels() { return kBaselineKernels; }

const ProcessKernels& process_kernels() { return kBaselineProcessKernels; }

#endif

}  // namespace v4l2va
