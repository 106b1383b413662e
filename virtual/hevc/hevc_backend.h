// SPDX-License-Identifier: MIT
// HevcBackend: rebuilds an HEVC stream from controls and slices, decodes and judges it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "backend/codec_backend.h"
#include "hevc/dpb_model.h"
#include "hevc/judge.h"
#include "hevc/lists.h"
#include "hevc/references.h"
#include "hevc/writer.h"
#include "machines/personality.h"
#include "software/av_decoder.h"

namespace vdec {

// What is decoded is what a device of that style would read: slice headers with the sizes that the
// client gives, or none at all. All headers are written anew, with the references as an explicit
// set; the slice data is passed on as it is.
class HevcBackend : public CodecBackend {
  public:
    explicit HevcBackend(const HevcStyle& style);
    DecodeStatus decode(const DecodeJob& job) override;

  private:
    // A slice as the bitstream has it.
    struct Slice {
        std::span<const uint8_t> nal;
        Bytes head;  // RBSP of its beginning
        hevc::SliceHeader header;
        hevc::SlicePlace place;
    };
    // A slice as the device understands it.
    struct CodedSlice {
        hevc::SliceHeader header;
        hevc::DpbLists lists;
        Bytes data;
    };
    struct Known {
        int client_poc = 0;
        int coded_poc = 0;  // in the rebuilt stream
    };
    // The references of a picture, and where each dpb entry is among them.
    struct Resolved {
        hevc::CodedPicture picture;
        std::vector<std::optional<size_t>> entries;
        std::set<uint64_t> timestamps;
    };

    bool check_controls(const DecodeJob& job, const hevc::Sets& sets) const;
    void find_slices(const DecodeJob& job, const hevc::Sets& sets);
    void add_slice(const DecodeJob& job, std::span<const uint8_t> nal);
    void split_by_sizes(const DecodeJob& job, const hevc::Sets& sets);
    bool parse_slices(const DecodeJob& job, const hevc::Sets& sets);
    // False when the device makes garbage of the picture.
    bool judge_all(const DecodeJob& job, const hevc::Sets& sets);
    // Writes the parameter sets to the device's table; whether it finds the same there.
    bool finds_sets(const hevc::Sets& sets);
    bool code_slices(const DecodeJob& job, const hevc::Sets& sets);
    bool code_parsed(const Slice& slice, size_t index, const hevc::Sets& sets, CodedSlice& coded);
    bool code_from_params(const DecodeJob& job, const Slice& slice, size_t index,
                          const hevc::Sets& sets, CodedSlice& coded);
    [[nodiscard]] std::optional<uint64_t> find_known(const DecodeJob& job,
                                                     const v4l2_hevc_dpb_entry& entry) const;
    // `done` when the device finds all that the frame refers to.
    DecodeStatus check_references(const DecodeJob& job, const hevc::Sets& sets);
    Resolved resolve(const DecodeJob& job, const hevc::Sets& sets);
    Bytes build_packet(const hevc::Sets& sets, const Resolved& resolved) const;
    DecodeStatus decode_picture(const DecodeJob& job, const hevc::Sets& sets);

    const HevcStyle& style_;
    AvDecoder decoder_;
    hevc::DpbModel model_;
    hevc::PocTable poc_table_;
    std::vector<Slice> slices_;      // of this job
    std::vector<CodedSlice> coded_;  // of this picture
    std::map<uint64_t, Known> known_;
    int base_poc_ = 0;  // order count at which the rebuilt stream began to count
    uint64_t pending_timestamp_ = 0;
    bool garbage_ = false;                 // this picture, and nobody says so
    std::map<uint32_t, Bytes> set_table_;  // by pps_id
};

}  // namespace vdec
