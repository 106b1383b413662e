// SPDX-License-Identifier: MIT
// PictureDecoder: decodes what the devices of a board were told to, with the virtual decoder's
// backends, into the memory that their registers name.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/codec_backend.h"
#include "chip_model.h"
#include "job_handler.h"
#include "machines/personality.h"

namespace hardware {

class PictureDecoder : public JobHandler {
  public:
    // MODEL outlives it.
    explicit PictureDecoder(const DecoderModel& model);

    // A job without a picture leaves its buffer as it was, with one line on stderr.
    void handle(const model_job& job) override;
    [[nodiscard]] bool given_up(const model_job& job) const override;
    void end(const model_job& job) override;
    bool finish() override;
    [[nodiscard]] bool failed() const override { return failed_; }

  private:
    struct Order {
        PictureJob job;
        uint64_t number = 0;
        uint64_t timestamp = 0;
        std::vector<vdec::CaptureName> names;
    };
    struct Stream {
        uint64_t key = 0;  // PictureJob::stream
        uint32_t coded_format = 0;
        std::unique_ptr<vdec::CodecBackend> backend;
        std::vector<uint8_t> pixels;
        vdec::CaptureImage picture;  // in `pixels`
        uint64_t jobs = 0;
        // A slice: whether it is the picture's last, the next job tells.
        std::optional<Order> waiting;
        // Of the last job.
        uint64_t address = 0;
        uint64_t timestamp = 0;
        vdec::Rows awaited = vdec::Rows::all;  // the field that would complete the frame
    };
    struct Device {
        Device(const DecoderModel::Device& device, const DeviceMemory& memory);

        Registers registers;
        DecodedPictures pictures;
        std::unique_ptr<ChipModel> chip;  // nullptr: none
        vdec::Personality personality;
        std::string compatible;
        std::list<Stream> streams;  // the last used first
        uint32_t jobs = 0;
    };

    // Why there is no picture, empty when there is one.
    std::string decode(Device& device, const model_job& job);
    std::string decode(Device& device, PictureJob job);
    // nullptr: no backend for it.
    static Stream* find_stream(Device& device, const PictureJob& job);
    static uint64_t begin_picture(Device& device, Stream& stream, const PictureJob& job);
    static bool run(Stream& stream, const Order& order, bool held);
    std::string write(const Stream& stream, const PictureJob& job);
    bool write_so_far(Stream& stream);
    // The backend gets the slice that waits. SAME_PICTURE: it was not the last one.
    static std::string go_on(Stream& stream, bool same_picture);
    void report(const Device& device, uint32_t job, const std::string& reason);

    const DecoderModel& model_;
    DeviceMemory memory_;
    std::list<Device> devices_;  // by their numbers
    bool failed_ = false;
};

}  // namespace hardware
