// SPDX-License-Identifier: MIT
// SentControls: which controls a request need not carry, since the device has them already.
#include "decode/sent_controls.h"

#include <cstring>

#include "base/checked.h"

namespace v4l2va {

namespace {

bool is_equal(std::span<const std::byte> a, std::span<const std::byte> b) {
    return !a.empty() && a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Result<std::span<v4l2_ext_control>> SentControls::choose(const ControlSet& controls) {
    const std::span<const ControlSet::Entry> entries = controls.entries();
    if (entries.size() > kMaxControls) {
        return fail(ErrorCode::kInvalidParameter, "controls");
    }
    changed_.reset();
    for (size_t i = 0; i < entries.size(); ++i) {
        changed_[i] = entries[i].used && !is_equal(last_.find(entries[i].id), entries[i].bytes);
    }
    const bool all = sends_all_ || changed_.none();
    omits_ = false;
    size_t count = 0;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (!entries[i].used) {
            continue;
        }
        if (!all && !changed_[i]) {
            omits_ = true;
            continue;
        }
        v4l2_ext_control& control = array_[count++];
        control = {};
        control.id = entries[i].id;
        control.size = narrow<uint32_t>(entries[i].bytes.size());
        // The kernel only reads; the uAPI struct serves both directions.
        control.ptr = const_cast<std::byte*>(entries[i].bytes.data());
    }
    return std::span(array_).first(count);
}

void SentControls::note_sent(const ControlSet& controls) {
    const std::span<const ControlSet::Entry> entries = controls.entries();
    for (size_t i = 0; i < entries.size(); ++i) {
        if (changed_[i]) {
            last_.set_bytes(entries[i].id, entries[i].bytes);
        }
    }
}

}  // namespace v4l2va
