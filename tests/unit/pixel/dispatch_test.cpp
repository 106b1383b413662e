// SPDX-License-Identifier: MIT
// The processor gets the kernels that are made for it: otherwise nothing tests those.
#include <gtest/gtest.h>

#include "pixel/kernels.h"

namespace v4l2va::test {
namespace {

TEST(Dispatch, VectorsWhereThereAreSome) {
#ifndef V4L2VA_VECTOR_KERNELS
    EXPECT_EQ(&kernels(), &kBaselineKernels);
#else
#ifdef __x86_64__
    const bool has_vectors = __builtin_cpu_supports("ssse3") != 0;
#else
    const bool has_vectors = true;  // qemu's processor, and that of all boards but Tegra 2's
#endif
    EXPECT_EQ(&kernels(), has_vectors ? &kVectorKernels : &kBaselineKernels);
#endif
}

}  // namespace
}  // namespace v4l2va::test
