// SPDX-License-Identifier: MIT
#include "control_mutation.h"

#include <bit>
#include <charconv>
#include <cstring>

namespace {

std::optional<uint64_t> number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The part of TEXT before SEPARATOR, which is taken away with it.
std::string_view take(std::string_view& text, char separator) {
    const size_t end = text.find(separator);
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return taken;
}

}  // namespace

std::optional<ControlMutation::Place> ControlMutation::find(std::string_view name) {
    std::string pattern;
    std::vector<uint64_t> indices;
    while (!name.empty()) {
        const bool has_index = name.find('[') != std::string_view::npos;
        pattern += take(name, '[');
        if (!has_index) break;
        const auto index = number(take(name, ']'));
        if (!index) return std::nullopt;
        indices.push_back(*index);
        pattern += "[]";
    }
    for (const ControlField& field : control_fields()) {
        if (field.name != pattern) continue;
        Place place = {field.id, field.offset, field.width, field.mask};
        for (size_t i = 0; i < indices.size(); ++i) {
            if (indices[i] >= field.dimensions[i].count) return std::nullopt;
            place.offset += indices[i] * field.dimensions[i].stride;
        }
        return place;
    }
    return std::nullopt;
}

std::optional<ControlMutation::Change> ControlMutation::parse_change(std::string_view text) {
    Change change = {.kind = text[0]};
    if (change.kind == '~') {
        const auto other = find(text.substr(1));
        if (!other) return std::nullopt;
        change.other = *other;
        return change;
    }
    const auto value = number(text.substr(1));
    if (!value) return std::nullopt;
    change.value = *value;
    return change;
}

std::optional<ControlMutation> ControlMutation::parse(std::string_view text) {
    ControlMutation mutation;
    mutation.text_ = text;
    std::string_view changes = take(text, '@');
    if (!text.empty()) {
        const auto first = number(take(text, '-'));
        const auto last = text.empty() ? first : number(text);
        if (!first || !last) return std::nullopt;
        mutation.first_job_ = *first;
        mutation.last_job_ = *last;
    }
    const size_t end = changes.find_first_of("+-^=~");
    if (end == std::string_view::npos) return std::nullopt;
    const auto place = find(changes.substr(0, end));
    if (!place) return std::nullopt;
    mutation.place_ = *place;
    changes.remove_prefix(end);
    while (!changes.empty()) {
        const std::string_view one = take(changes, '|');
        const auto change = one.empty() ? std::nullopt : parse_change(one);
        if (!change || (change->kind == '~' &&
                        (change->other.id != place->id || change->other.width != place->width))) {
            return std::nullopt;
        }
        mutation.changes_.push_back(*change);
    }
    return mutation;
}

uint64_t ControlMutation::read(const Place& place, const std::vector<uint8_t>& payload) {
    uint64_t value = 0;
    std::memcpy(&value, &payload[place.offset], place.width);
    return place.mask == 0 ? value : (value & place.mask) >> std::countr_zero(place.mask);
}

void ControlMutation::write(const Place& place, uint64_t value, std::vector<uint8_t>& payload) {
    if (place.mask != 0) {
        uint64_t whole = 0;
        std::memcpy(&whole, &payload[place.offset], place.width);
        value = (whole & ~place.mask) | (value << std::countr_zero(place.mask) & place.mask);
    }
    std::memcpy(&payload[place.offset], &value, place.width);
}

bool ControlMutation::apply(size_t change, std::vector<uint8_t>& payload) const {
    const Change& wanted = changes_[change];
    if (place_.offset + place_.width > payload.size() ||
        wanted.other.offset + wanted.other.width > payload.size()) {
        return false;
    }
    const std::vector<uint8_t> before = payload;
    const uint64_t value = read(place_, payload);
    switch (wanted.kind) {
        case '+':
            write(place_, value + wanted.value, payload);
            break;
        case '-':
            write(place_, value - wanted.value, payload);
            break;
        case '^':
            write(place_, value ^ wanted.value, payload);
            break;
        case '=':
            write(place_, wanted.value, payload);
            break;
        default:
            write(place_, read(wanted.other, payload), payload);
            write(wanted.other, value, payload);
    }
    return payload != before;
}
