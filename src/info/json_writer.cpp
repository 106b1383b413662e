// SPDX-License-Identifier: MIT
// JsonWriter: RFC 8259 text, indented by two blanks, with a line end at the end.
#include "info/json_writer.h"

#include <utility>

namespace v4l2va::info {

namespace {

// Bytes of the UTF-8 sequence at the start of `text`, 0 when it is none (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF).
size_t utf8_length(std::string_view text) {
    const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    const size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                          : (lead & 0xF0) == 0xE0        ? 3
                          : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                         : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const bool wrong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
                       (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F);
    return wrong ? 0 : length;
}

void append_ascii(std::string& out, char character) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
        out += '\\';
        out += character;
    } else if (byte < 0x20 || byte == 0x7F) {
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    } else {
        out += character;
    }
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        if (length == 0) {
            out += "\\ufffd";
        } else if (length == 1) {
            append_ascii(out, text.front());
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out + '"';
}

void JsonWriter::next() {
    if (std::exchange(after_key_, false)) {
        return;
    }
    if (!first_) {
        text_ += ',';
    }
    if (depth_ > 0) {
        text_ += '\n';
        text_.append(depth_ * 2, ' ');
    }
    first_ = false;
}

void JsonWriter::name(std::string_view key) {
    next();
    text_ += json_string(key) + ": ";
    after_key_ = true;
}

void JsonWriter::open(char bracket) {
    next();
    text_ += bracket;
    ++depth_;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    --depth_;
    if (!first_) {
        text_ += '\n';
        text_.append(depth_ * 2, ' ');
    }
    text_ += bracket;
    first_ = false;
}

void JsonWriter::element(std::string_view value) {
    next();
    text_ += json_string(value);
}

void JsonWriter::element(uint64_t value) {
    next();
    text_ += std::to_string(value);
}

void JsonWriter::member(std::string_view key, std::string_view value) {
    name(key);
    element(value);
}

void JsonWriter::member(std::string_view key, uint64_t value) {
    name(key);
    element(value);
}

void JsonWriter::flag(std::string_view key, bool value) {
    name(key);
    next();
    text_ += value ? "true" : "false";
}

void JsonWriter::members(std::string_view key, const std::vector<std::string>& values) {
    open_array(key);
    for (const std::string& value : values) {
        element(value);
    }
    close_array();
}

void JsonWriter::members(std::string_view key, const std::vector<uint32_t>& values) {
    open_array(key);
    for (const uint32_t value : values) {
        element(uint64_t{value});
    }
    close_array();
}

std::string JsonWriter::take() {
    text_ += '\n';
    return std::exchange(text_, {});
}

}  // namespace v4l2va::info
