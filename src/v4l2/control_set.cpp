// SPDX-License-Identifier: MIT
// ControlSet: the V4L2 controls of one request, typed when set, bytes when sent.
#include "v4l2/control_set.h"

#include <algorithm>

namespace v4l2va {

void ControlSet::clear() {
    for (Entry& entry : entries_) {
        entry.used = false;
    }
}

void ControlSet::set_bytes(uint32_t id, std::span<const std::byte> bytes) {
    auto entry = std::find_if(entries_.begin(), entries_.end(),
                              [id](const Entry& candidate) { return candidate.id == id; });
    if (entry == entries_.end()) {
        entry = entries_.insert(entries_.end(), Entry{id, false, {}});
    }
    entry->used = true;
    entry->bytes.assign(bytes.begin(), bytes.end());
}

std::span<const std::byte> ControlSet::find(uint32_t id) const {
    for (const Entry& entry : entries_) {
        if (entry.used && entry.id == id) {
            return entry.bytes;
        }
    }
    return {};
}

}  // namespace v4l2va
