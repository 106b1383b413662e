// SPDX-License-Identifier: MIT
#include "rkvdec_model.h"

#include "rkvdec_h264.h"
#include "rkvdec_hevc.h"

namespace hardware {
namespace {

enum Mode : uint32_t { kHevc = 0, kH264 = 1, kVp9 = 2 };

// Numbers of registers become offsets.
constexpr size_t reg(size_t number) { return number * sizeof(uint32_t); }

uint64_t base(const Registers& registers, size_t number) {
    return registers.word(reg(number)) & ~15U;
}

RkvdecPicture read_picture(const Registers& registers) {
    return {.stream = registers.word(reg(4)),
            .stream_bytes = registers.word(reg(5)),
            .output = registers.word(reg(7)),
            .row = registers.bits(reg(3), 0, 9) * 16,
            .luma = registers.bits(reg(8), 0, 20) * 16};
}

// ref0_14_base and ref15_base
constexpr size_t reference(size_t number) { return number < 15 ? 10 + number : 48; }

// set_poc_reg(): top and bottom in turns, in three places.
constexpr size_t order(size_t number) {
    return number < 15 ? 25 + number : number < 30 ? 49 + number - 15 : 72 + number - 30;
}

RkvdecH264Job read_h264(const Registers& registers) {
    RkvdecH264Job job;
    job.picture = read_picture(registers);
    job.sets = registers.word(reg(42));
    job.layout = kRkvdecH264Sets;
    job.references = registers.word(reg(43));
    job.top_order = static_cast<int32_t>(registers.word(reg(40)));
    job.bottom_order = static_cast<int32_t>(registers.word(reg(74)));
    for (size_t i = 0; i < job.dpb.size(); ++i) {
        const size_t at = reg(reference(i));
        job.dpb[i] = {.address = base(registers, reference(i)),
                      .coded_as_fields = registers.bit(at, 0),
                      .used = registers.bit(at, 3),
                      .top = registers.bit(at, 1),
                      .bottom = registers.bit(at, 2),
                      .top_order = static_cast<int32_t>(registers.word(reg(order(2 * i)))),
                      .bottom_order = static_cast<int32_t>(registers.word(reg(order(2 * i + 1))))};
    }
    return job;
}

RkvdecHevcJob read_hevc(const Registers& registers) {
    RkvdecHevcJob job;
    job.picture = read_picture(registers);
    job.sets = registers.word(reg(42));
    job.layout = kRkvdecHevcSets;
    job.references = registers.word(reg(43));
    job.slices = registers.bits(reg(3), 21, 11);
    job.order = static_cast<int32_t>(registers.word(reg(40)));
    for (size_t i = 0; i < 15; ++i) {
        // The lowest bits of the first four addresses are flags of all fifteen.
        job.dpb[i] = {.address = base(registers, reference(i)),
                      .order = static_cast<int32_t>(registers.word(reg(25 + i))),
                      .valid = registers.bit(reg(reference(i / 4)), i % 4)};
    }
    return job;
}

}  // namespace

bool RkvdecModel::given_up(const Registers& registers) const { return registers.bit(reg(1), 4); }

void RkvdecModel::adapt(vdec::Personality& device) const { device.hevc = rkvdec_hevc_style(true); }

std::variant<PictureJob, NoPicture> RkvdecModel::read(const JobView& view) {
    switch (view.registers.bits(reg(2), 20, 2)) {
        case kH264:
            return make_h264_job(read_h264(view.registers), view);
        case kHevc:
            return make_hevc_job(read_hevc(view.registers), view, hevc_orders_);
        case kVp9:
            return vp9_.read(read_picture(view.registers), view);
        default:
            return NoPicture{"no such mode"};
    }
}

}  // namespace hardware
