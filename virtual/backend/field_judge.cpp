// SPDX-License-Identifier: MIT
// The comparisons of the codecs' judges.
#include "backend/field_judge.h"

#include <algorithm>
#include <cinttypes>
#include <string>

#include "report/judge.h"

namespace vdec {

bool FieldJudge::expect(const char* field, int64_t got, int64_t wanted) const {
    if (got == wanted) return true;
    wrong_.emplace_back(field);
    const std::string kind = std::string(codec_) + "-" + field;
    judge().violation(kind.c_str(),
                      "frame %" PRIu64 " ts %" PRIu64 ": %s is %" PRId64 ", should be %" PRId64,
                      job_.number, job_.timestamp, field, got, wanted);
    return false;
}

bool FieldJudge::expect_bytes(const char* field, std::span<const uint8_t> got,
                              std::span<const uint8_t> wanted) const {
    const auto [left, right] = std::ranges::mismatch(got, wanted);
    if (left == got.end() || right == wanted.end()) return true;
    wrong_.emplace_back(field);
    const std::string kind = std::string(codec_) + "-" + field;
    judge().violation(kind.c_str(),
                      "frame %" PRIu64 " ts %" PRIu64 ": %s: byte %td is %u, should be %u",
                      job_.number, job_.timestamp, field, left - got.begin(), *left, *right);
    return false;
}

bool FieldJudge::reference(const char* field, uint64_t timestamp, const ReferenceSlot& slot) const {
    if (!slot.known) return true;
    if (timestamp != slot.timestamp) {
        const std::string kind = std::string(codec_) + "-" + field;
        judge().violation(kind.c_str(),
                          "frame %" PRIu64 " ts %" PRIu64 ": %s is %" PRIu64
                          ", the stream's reference is %" PRIu64,
                          job_.number, job_.timestamp, field, timestamp, slot.timestamp);
        return false;
    }
    const ReferenceState state = job_.find_reference(timestamp);
    if (state == ReferenceState::found) return true;
    const bool requeued = state == ReferenceState::requeued;
    judge().violation(
        requeued ? "reference-requeued" : "reference-unknown",
        "frame %" PRIu64 ": reference ts %" PRIu64 " %s", job_.number, timestamp,
        requeued ? "is in a buffer that was queued again" : "is in no CAPTURE buffer");
    return false;
}

bool FieldJudge::spoils(const FrameFields& fields) const {
    return fields.read && std::ranges::any_of(wrong_, [&](std::string_view field) {
               return std::ranges::find(fields.unread, field) == fields.unread.end() &&
                      std::ranges::find(fields.read_for_next, field) == fields.read_for_next.end();
           });
}

bool FieldJudge::spoils_next(const FrameFields& fields) const {
    return fields.read && std::ranges::any_of(wrong_, [&](std::string_view field) {
               return std::ranges::find(fields.read_for_next, field) != fields.read_for_next.end();
           });
}

}  // namespace vdec
