// SPDX-License-Identifier: MIT
// NAL unit framing.
#include "backend/bits.h"

namespace vdec {

size_t find_start_code(std::span<const uint8_t> data, size_t from) {
    for (size_t i = from; i + 3 <= data.size(); ++i) {
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
    }
    return data.size();
}

std::vector<std::span<const uint8_t>> split_annex_b(std::span<const uint8_t> data) {
    std::vector<std::span<const uint8_t>> nals;
    size_t start = find_start_code(data, 0);
    while (start < data.size()) {
        const size_t begin = start + 3;
        const size_t next = find_start_code(data, begin);
        size_t end = next;
        while (end > begin && data[end - 1] == 0) --end;
        if (end > begin) nals.push_back(data.subspan(begin, end - begin));
        start = next;
    }
    return nals;
}

Bytes unescaped(std::span<const uint8_t> nal, size_t limit) {
    Bytes rbsp;
    unsigned zeros = 0;
    for (const uint8_t byte : nal) {
        if (rbsp.size() >= limit) break;
        if (zeros >= 2 && byte == 3) {
            zeros = 0;
            continue;
        }
        rbsp.push_back(byte);
        zeros = byte == 0 ? zeros + 1 : 0;
    }
    return rbsp;
}

void append_nal(Bytes& to, std::span<const uint8_t> rbsp) {
    to.insert(to.end(), {0, 0, 0, 1});
    unsigned zeros = 0;
    for (const uint8_t byte : rbsp) {
        if (zeros >= 2 && byte <= 3) {
            to.push_back(3);
            zeros = 0;
        }
        to.push_back(byte);
        zeros = byte == 0 ? zeros + 1 : 0;
    }
}

}  // namespace vdec
