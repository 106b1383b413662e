// SPDX-License-Identifier: MIT
#include "h264_reference_marking.h"

#include <algorithm>

namespace hardware {
namespace {

constexpr uint32_t kFrameNumMask = (1U << H264ReferenceMarking::kFrameNumBits) - 1;

unsigned fields_of(const H264ReferenceMarking::Picture& picture) {
    if (!picture.field_pic) return 3;
    return picture.bottom_field ? 2 : 1;
}

const H264ReferenceMarking::Frame* find(const std::vector<H264ReferenceMarking::Frame>& frames,
                                        uint64_t address) {
    const auto found = std::ranges::find(frames, address, &H264ReferenceMarking::Frame::address);
    return found == frames.end() ? nullptr : &*found;
}

}  // namespace

// After memory_management_control_operation 5 all counts are told from a new zero on (8.2.1). What
// matters is how they differ: the coded ones go on.
void H264ReferenceMarking::follow_order(Stream& stream, const Picture& picture) {
    for (const Reference& reference : stream.references) {
        const Frame* const told = find(picture.active, reference.address);
        if (told == nullptr) continue;
        const bool bottom = reference.fields == 2;
        stream.offset = bottom ? reference.count.bottom - told->count.bottom
                               : reference.count.top - told->count.top;
    }
}

// 8.2.5.4.1: picture numbers of fields are twice those of frames, and one more for a field of the
// parity that is decoded.
void H264ReferenceMarking::leave_out(Stream& stream, const Picture& picture) {
    for (const Reference& reference : stream.references) {
        if (find(picture.active, reference.address) != nullptr) continue;
        const uint32_t behind = (stream.syntax.frame_num - reference.frame_num) & kFrameNumMask;
        if (!picture.field_pic) {
            stream.syntax.unused.push_back(behind - 1);
            continue;
        }
        const unsigned same = fields_of(picture);
        if ((reference.fields & same) != 0) stream.syntax.unused.push_back(2 * behind - 1);
        if ((reference.fields & ~same) != 0) stream.syntax.unused.push_back(2 * behind);
    }
    std::erase_if(stream.references, [&](const Reference& reference) {
        return find(picture.active, reference.address) == nullptr;
    });
    // 8.2.5.3
    if (stream.references.size() == kFrames) stream.references.erase(stream.references.begin());
}

void H264ReferenceMarking::add_reference(Stream& stream, const Picture& picture) {
    const Syntax& syntax = stream.syntax;
    if (!syntax.second_field) {
        stream.frame_num = syntax.frame_num;
        stream.references.push_back(
            {picture.frame.address, syntax.frame_num, fields_of(picture), syntax.count});
    } else if (!stream.references.empty() &&
               stream.references.back().address == picture.frame.address) {
        stream.references.back().fields |= fields_of(picture);
        stream.references.back().count = syntax.count;
    }
}

bool H264ReferenceMarking::continues(uint64_t key, const Picture& picture) const {
    const auto stream = streams_.find(key);
    if (stream == streams_.end()) return false;
    const Picture& last = stream->second.last;
    return last.frame.address == picture.frame.address && fields_of(last) == fields_of(picture);
}

const H264ReferenceMarking::Syntax& H264ReferenceMarking::begin(uint64_t key,
                                                                const Picture& picture) {
    Stream& stream = streams_[key];
    Syntax& syntax = stream.syntax;
    const Picture& last = stream.last;
    const bool second = picture.field_pic && stream.awaits_second_field &&
                        last.frame.address == picture.frame.address &&
                        last.bottom_field != picture.bottom_field;
    syntax = {.idr = false, .second_field = second, .frame_num = syntax.frame_num};
    if (!second) {
        syntax.idr = picture.reference && picture.active.empty();
        syntax.frame_num = (stream.frame_num + 1) & kFrameNumMask;
        follow_order(stream, picture);
        if (syntax.idr) {
            syntax.frame_num = 0;
            stream.references.clear();
            stream.offset = 0;
        } else if (picture.reference) {
            leave_out(stream, picture);
        }
    }
    syntax.count = {picture.frame.count.top + stream.offset,
                    picture.frame.count.bottom + stream.offset};
    if (picture.reference) add_reference(stream, picture);
    stream.awaits_second_field = picture.field_pic && !second;
    stream.last = picture;
    return syntax;
}

}  // namespace hardware
