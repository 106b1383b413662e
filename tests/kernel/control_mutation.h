// SPDX-License-Identifier: MIT
// ControlMutation: a change of one field of one control, as a text says it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control_field.h"

class ControlMutation {
  public:
    // FIELD CHANGE[|CHANGE…][@FIRST[-LAST]], without blanks. FIELD has an index in each of its
    // brackets, h264_decode_params.dpb[0].reference_ts. CHANGE: +N, -N, ^N, =N, or ~FIELD, which
    // swaps two fields of one control. A flag is 0 or 1. Jobs are counted from 0; without any, all.
    // nullopt: it is none.
    static std::optional<ControlMutation> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] uint32_t control() const { return place_.id; }
    [[nodiscard]] bool is_of(uint64_t job) const { return job >= first_job_ && job <= last_job_; }
    // How many changes there are to be tried, in their order.
    [[nodiscard]] size_t changes() const { return changes_.size(); }
    // False: PAYLOAD has no such element, or is no other for the change.
    [[nodiscard]] bool apply(size_t change, std::vector<uint8_t>& payload) const;

  private:
    struct Place {
        uint32_t id = 0;
        size_t offset = 0;
        uint32_t width = 0;
        uint64_t mask = 0;
    };
    struct Change {
        char kind = 0;
        uint64_t value = 0;
        Place other = {};  // of ~
    };

    static std::optional<Place> find(std::string_view name);
    static std::optional<Change> parse_change(std::string_view text);
    static uint64_t read(const Place& place, const std::vector<uint8_t>& payload);
    static void write(const Place& place, uint64_t value, std::vector<uint8_t>& payload);

    std::string text_;
    Place place_;
    std::vector<Change> changes_;
    uint64_t first_job_ = 0;
    uint64_t last_job_ = UINT64_MAX;
};
