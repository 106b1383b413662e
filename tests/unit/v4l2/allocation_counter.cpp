// SPDX-License-Identifier: MIT
// Counts what operator new of this test program is asked for outside of the fake.
// In a file of its own: a compiler that sees both ends inlined takes new and free for a mismatch.
#include "allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "fake_system.h"

namespace v4l2va::test {

namespace {

std::atomic<uint64_t> counter{0};

}  // namespace

uint64_t allocations() { return counter.load(); }

static void count_allocation() {
    if (fake_depth == 0) {
        counter.fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace v4l2va::test

[[gnu::noinline]] void* operator new(size_t size) {
    v4l2va::test::count_allocation();
    void* const memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

// Of std::stable_partition, for one; the library's own would not fit the delete below.
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t& /*tag*/) noexcept {
    v4l2va::test::count_allocation();
    return std::malloc(size != 0 ? size : 1);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
