// SPDX-License-Identifier: MIT
// Arithmetic on numbers that come from outside: nothing wraps, nothing is cut silently.
#pragma once

#include <cassert>
#include <limits>
#include <optional>
#include <type_traits>

namespace v4l2va {

// `value` as To. The caller has checked the range already: out of range is our own bug (assert).
template <typename To, typename From>
[[nodiscard]] constexpr To narrow(From value) {
    static_assert(std::is_integral_v<From> || std::is_enum_v<From>);
    const To result = static_cast<To>(value);
    assert(static_cast<From>(result) == value);
    if constexpr (std::is_signed_v<From> != std::is_signed_v<To>) {
        assert((result < To{}) == (value < From{}));
    }
    return result;
}

// `value` as To, or nothing when it does not fit.
template <typename To, typename From>
[[nodiscard]] constexpr std::optional<To> checked_narrow(From value) {
    To result{};
    if (__builtin_add_overflow(value, From{}, &result)) {
        return std::nullopt;
    }
    return result;
}

template <typename T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, std::type_identity_t<T> b) {
    T result{};
    if (__builtin_add_overflow(a, b, &result)) {
        return std::nullopt;
    }
    return result;
}

template <typename T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, std::type_identity_t<T> b) {
    T result{};
    if (__builtin_mul_overflow(a, b, &result)) {
        return std::nullopt;
    }
    return result;
}

// Smallest multiple of `alignment` (a power of two) that is not below `value`; no overflow check.
template <typename T>
[[nodiscard]] constexpr T align_up(T value, std::type_identity_t<T> alignment) {
    return static_cast<T>((value + alignment - 1) & ~(alignment - 1));
}

}  // namespace v4l2va
