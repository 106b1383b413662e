// SPDX-License-Identifier: MIT
// JsonWriter: RFC 8259 text, indented by two blanks, with a line end at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace v4l2va::info {

// `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD: kernel drivers
// may name their cards with anything.
[[nodiscard]] std::string json_string(std::string_view text);

// The caller opens and closes in order; a key comes before each member of an object, none before
// an element of an array.
class JsonWriter {
  public:
    void open_object() { open('{'); }
    void open_object(std::string_view key) { name(key), open('{'); }
    void close_object() { close('}'); }
    void open_array(std::string_view key) { name(key), open('['); }
    void close_array() { close(']'); }
    // An array with an object for each of `items`; `write(item)` writes its members.
    template <typename Items, typename Write>
    void objects(std::string_view key, const Items& items, Write write) {
        open_array(key);
        for (const auto& item : items) {
            open_object();
            write(item);
            close_object();
        }
        close_array();
    }

    void element(std::string_view value);
    void element(uint64_t value);
    void member(std::string_view key, std::string_view value);
    void member(std::string_view key, const char* value) { member(key, std::string_view(value)); }
    void member(std::string_view key, uint64_t value);
    void flag(std::string_view key, bool value);
    void members(std::string_view key, const std::vector<std::string>& values);
    void members(std::string_view key, const std::vector<uint32_t>& values);

    // The text; everything must be closed.
    [[nodiscard]] std::string take();

  private:
    void open(char bracket);
    void close(char bracket);
    void next();  // comma, line end and indent before what follows
    void name(std::string_view key);

    std::string text_;
    size_t depth_ = 0;
    bool first_ = true;
    bool after_key_ = false;
};

}  // namespace v4l2va::info
