// SPDX-License-Identifier: MIT
// ControlValues: payloads of controls, as a client gave them.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

namespace vdec {

// Payloads of compound and menu controls by id.
class ControlValues {
  public:
    using Payload = std::vector<uint8_t>;

    void set(uint32_t id, Payload payload) { values_[id] = std::move(payload); }
    [[nodiscard]] const Payload* find(uint32_t id) const {
        const auto found = values_.find(id);
        return found == values_.end() ? nullptr : &found->second;
    }
    // The payload as a struct of the uAPI; zeroes when it is absent.
    template <typename T>
    [[nodiscard]] T get(uint32_t id) const {
        T value = {};
        const Payload* payload = find(id);
        if (payload != nullptr && payload->size() >= sizeof value) {
            std::memcpy(&value, payload->data(), sizeof value);
        }
        return value;
    }
    [[nodiscard]] const std::map<uint32_t, Payload>& all() const { return values_; }
    void clear() { values_.clear(); }

  private:
    std::map<uint32_t, Payload> values_;
};

}  // namespace vdec
