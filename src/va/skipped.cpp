// SPDX-License-Identifier: MIT
// What the driver says of the nodes that it leaves out: one line.
#include "va/skipped.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace v4l2va {

namespace {

constexpr std::string_view kMore = "; v4l2va-info tells more";
constexpr std::string_view kFolder = "/dev/";
constexpr size_t kMaxText = 184;  // what a line of the log has room for
constexpr size_t kMaxNames = 2;   // of nodes with the same error

// Nodes with the same error and the same remedy.
struct Group {
    const Error* error;
    std::vector<std::string> paths;
};

std::vector<Group> groups_of(const std::vector<SkippedNode>& skipped) {
    std::vector<Group> groups;
    for (const SkippedNode& node : skipped) {
        const auto same = [&node](const Group& group) {
            return group.error->code == node.error.code &&
                   std::string_view(remedy(*group.error)) == remedy(node.error);
        };
        auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end()) {
            group = groups.insert(groups.end(), Group{&node.error, {}});
        }
        group->paths.push_back(node.path);
    }
    return groups;
}

std::string text_of(const Group& group, bool brief) {
    std::string text;
    for (size_t i = 0; i < std::min(group.paths.size(), kMaxNames); ++i) {
        const std::string& path = group.paths[i];
        text += (i > 0 ? ", " : "") +
                (brief && path.starts_with(kFolder) ? path.substr(kFolder.size()) : path);
    }
    if (group.paths.size() > kMaxNames) {
        text += " and " + std::to_string(group.paths.size() - kMaxNames) + " more";
    }
    return text + ": " + error_code_name(group.error->code) + ": " + remedy(*group.error);
}

// `start`, and as many groups as the line has room for; of those only kMore tells.
std::string line_of(std::string start, const std::vector<Group>& groups, bool brief) {
    for (size_t i = 0; i < groups.size(); ++i) {
        const std::string next = (i > 0 ? "; " : "") + text_of(groups[i], brief);
        const size_t reserved = i + 1 < groups.size() ? kMore.size() : 0;
        if (i > 0 && start.size() + next.size() + reserved > kMaxText) {
            return start.append(kMore);
        }
        start += next;
    }
    return start;
}

}  // namespace

void tell_skipped(const Logger& log, const Enumeration& found, bool nothing_left) {
    if (found.skipped.empty()) {
        if (nothing_left) {
            log.error(
                "no stateless video decoder found: %s; v4l2va-info tells more",
                found.has_media_nodes ? "no media device has one" : "there is no /dev/media*");
        }
        return;
    }
    const std::vector<Group> groups = groups_of(found.skipped);
    std::string line =
        line_of(nothing_left ? "no stateless video decoder found: " : "left out: ", groups, false);
    if (line.ends_with(kMore)) {
        line = line_of(nothing_left ? "no decoder found: " : "left out: ", groups, true);
    }
    if (nothing_left) {
        log.error("%s", line.c_str());
    } else if (found.skipped.front().is_decoder) {
        log.warning("%s", line.c_str());
    } else {
        log.info("%s", line.c_str());
    }
}

}  // namespace v4l2va
