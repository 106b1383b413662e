// SPDX-License-Identifier: MIT
#include "vdpu381_model.h"

#include "rkvdec_h264.h"
#include "rkvdec_hevc.h"

namespace hardware {
namespace {

enum Mode : uint32_t { kHevc = 0, kH264 = 1 };

// Of the region "function".
class Words {
  public:
    explicit Words(const Registers& registers) : registers_(registers) {}

    [[nodiscard]] uint32_t word(size_t number) const { return registers_.word(number * 4, 1); }
    [[nodiscard]] int32_t order(size_t number) const { return static_cast<int32_t>(word(number)); }
    [[nodiscard]] uint32_t bits(size_t number, unsigned low, unsigned count) const {
        return registers_.bits(number * 4, low, count, 1);
    }
    [[nodiscard]] bool bit(size_t number, size_t low) const {
        return registers_.bit(number * 4, static_cast<unsigned>(low), 1);
    }

  private:
    const Registers& registers_;
};

RkvdecPicture read_picture(const Words& words) {
    return {.stream = words.word(128),
            .stream_bytes = words.word(16),
            .output = words.word(130),
            .row = words.bits(18, 0, 16) * 16,
            .luma = words.bits(20, 0, 28) * 16};
}

// struct rkvdec_vdpu381_regs_h26x_addr has 16 addresses from 164 on: names of its members behind
// these are one too high.
constexpr size_t kReference = 164;
constexpr size_t kScalingLists = 180;

RkvdecH264Job read_h264(const Words& words) {
    RkvdecH264Job job;
    job.picture = read_picture(words);
    job.sets = words.word(161);
    job.layout = kVdpu381H264Sets;
    job.references = words.word(163);
    // scanlist_addr_valid_en
    if (words.bit(12, 8)) job.scaling_lists = words.word(kScalingLists);
    job.top_order = words.order(65);
    job.bottom_order = words.order(66);
    for (size_t i = 0; i < job.dpb.size(); ++i) {
        const size_t flags = 99 + i / 4;
        const size_t first = i % 4 * 8;
        job.dpb[i] = {.address = words.word(kReference + i),
                      .coded_as_fields = words.bit(flags, first),
                      .used = words.bit(flags, first + 3),
                      .top = words.bit(flags, first + 1),
                      .bottom = words.bit(flags, first + 2),
                      .top_order = words.order(67 + 2 * i),
                      .bottom_order = words.order(68 + 2 * i)};
    }
    return job;
}

RkvdecHevcJob read_hevc(const Words& words) {
    RkvdecHevcJob job;
    job.picture = read_picture(words);
    job.sets = words.word(161);
    job.layout = kVdpu381HevcSets;
    job.references = words.word(163);
    job.scaling_lists = words.word(kScalingLists);
    job.order = words.order(65);
    for (size_t i = 0; i < 15; ++i) {
        job.dpb[i] = {.address = words.word(kReference + i),
                      .order = words.order(67 + i),
                      .valid = words.bit(99, i / 4 * 8 + i % 4)};
    }
    return job;
}

}  // namespace

void Vdpu381Model::adapt(vdec::Personality& device) const {
    device.hevc = rkvdec_hevc_style(false);
}

std::variant<PictureJob, NoPicture> Vdpu381Model::read(const JobView& view) {
    const Words words(view.registers);
    switch (words.bits(9, 0, 10)) {
        case kH264:
            return make_h264_job(read_h264(words), view);
        case kHevc:
            return make_hevc_job(read_hevc(words), view, hevc_orders_);
        default:
            return NoPicture{"no such mode"};
    }
}

}  // namespace hardware
