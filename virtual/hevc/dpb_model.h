// SPDX-License-Identifier: MIT
// DpbModel: order counts (8.3.1) and reference picture sets (8.3.2) from slice headers alone.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "hevc/syntax.h"

namespace vdec::hevc {

// A picture that the stream's reference picture set names.
struct Wanted {
    enum class Part { before, after, lt, following };
    Part part = Part::following;
    bool present = false;  // false: the stream lost it, or the client began after it
    int poc = 0;
    uint64_t timestamp = 0;
    bool long_term = false;
};

class DpbModel {
  public:
    // Begins the picture of `header`. Where the header allows two order counts (a CRA picture, as
    // the end of a sequence cannot be seen here; the first picture of all), the client's decides.
    void begin(const SliceHeader& header, const Sets& sets, uint64_t timestamp);
    // The picture becomes a reference.
    void finish();
    // Pictures of this one were lost or damaged.
    void doubt() { exact_ = false; }

    [[nodiscard]] int poc() const { return current_.poc; }
    // What the reference picture set names, in its order; valid when `wants_known`.
    [[nodiscard]] const std::vector<Wanted>& wants() const { return wants_; }
    [[nodiscard]] bool wants_known() const { return wants_known_; }
    // Nothing that pictures from here on may refer to is known to be missing.
    [[nodiscard]] bool exact() const { return exact_; }
    [[nodiscard]] const Wanted* find(uint64_t timestamp) const;
    [[nodiscard]] bool has_poc(int poc) const;
    // Whether the set `header` chooses in the SPS has been seen to name this picture; nothing is
    // known about a set when it comes for the first time.
    enum class Seen { never, without, with };
    [[nodiscard]] Seen seen(const SliceHeader& header, int poc) const;

  private:
    struct Picture {
        uint64_t timestamp = 0;
        int poc = 0;
        bool long_term = false;
    };

    void count_order(const SliceHeader& header, const Sets& sets);
    void begin_sequence(bool complete);
    void find_wants(const SliceHeader& header, const Sets& sets);
    void add_short(const std::vector<RefPicSet::Entry>& entries, Wanted::Part part);
    void add_long(const LongTerm& entry, const Sets& sets);
    void add(Wanted wanted, const Picture* picture);
    void keep_wanted();
    void keep_named(const SliceHeader& header, const Sets& sets);

    std::vector<Picture> pictures_;
    Picture current_;
    std::vector<Wanted> kept_;  // pictures_, as find() gives them
    std::vector<Wanted> wants_;
    bool wants_known_ = false;
    bool poc_known_ = false;
    int prev_tid0_poc_ = 0;
    bool exact_ = false;
    bool incomplete_start_ = false;
    // Differences of order counts per set of the SPS, as clients named them.
    std::map<unsigned, std::set<int>> learned_;
    std::vector<uint8_t> learned_for_;
    std::set<int> lesson_;  // of the current picture
    unsigned lesson_index_ = 0;
};

}  // namespace vdec::hevc
