// SPDX-License-Identifier: MIT
// What a decoder refuses, and what it does instead, while there are buffers and while queues
// stream. Each call is made on a node of its own.
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "control_call.h"
#include "describe.h"
#include "described_node.h"
#include "sequence_control.h"

namespace {

enum class Stage { output_buffers, capture_buffers, both, output_streams, capture_streams, stream };
constexpr std::array<std::pair<Stage, const char*>, 6> kStages = {{
    {Stage::output_buffers, "OUTPUT buffers"},
    {Stage::capture_buffers, "CAPTURE buffers"},
    {Stage::both, "buffers"},
    {Stage::output_streams, "OUTPUT streams"},
    {Stage::capture_streams, "CAPTURE streams"},
    {Stage::stream, "both stream"},
}};
constexpr Size kSize = {320, 240};

void reach(const DescribedNode& node, uint32_t coded, Stage stage) {
    (void)node.format(VIDIOC_S_FMT, node.output(), coded, kSize, 65536);
    if (stage != Stage::capture_buffers) (void)node.request_buffers(node.output(), 2);
    if (stage != Stage::output_buffers) (void)node.request_buffers(node.capture(), 2);
    const bool output = stage == Stage::output_streams || stage == Stage::stream;
    const bool capture = stage == Stage::capture_streams || stage == Stage::stream;
    if (output) (void)node.stream(node.output(), true);
    if (capture) (void)node.stream(node.capture(), true);
}

std::string set_sequence(const DescribedNode& node, uint32_t coded, const Sequence& sequence) {
    const SequenceControl control = sequence_control(coded, sequence);
    if (control.id == 0) return "none";
    ControlCall call = {control.id, 0, control.payload};
    return set_controls(node, {&call, 1});
}

using Action = std::function<std::string(const DescribedNode&)>;

std::vector<std::pair<std::string, Action>> actions(uint32_t coded, uint32_t other) {
    std::vector<std::pair<std::string, Action>> all;
    const auto output = [&](const std::string& name, uint32_t pixel_format, Size size) {
        all.emplace_back("S_FMT OUTPUT " + name, [=](const DescribedNode& node) {
            return node.format(VIDIOC_S_FMT, node.output(), pixel_format, size, 65536);
        });
    };
    output("same", coded, kSize);
    output("larger", coded, {640, 480});
    output("smaller", coded, {160, 128});
    if (other != coded) output("other", other, kSize);
    all.emplace_back("TRY_FMT OUTPUT larger", [=](const DescribedNode& node) {
        return node.format(VIDIOC_TRY_FMT, node.output(), coded, {640, 480}, 65536);
    });
    for (const bool last : {false, true}) {
        all.emplace_back(
            last ? "S_FMT CAPTURE last" : "S_FMT CAPTURE first", [=](const DescribedNode& node) {
                const auto formats = node.formats(node.capture());
                const v4l2_fmtdesc& one = last ? formats.back() : formats.front();
                return node.format(VIDIOC_S_FMT, node.capture(), one.pixelformat, kSize);
            });
    }
    const auto sequence = [&](const std::string& name, const Sequence& value) {
        all.emplace_back("sequence " + name, [=](const DescribedNode& node) {
            return set_sequence(node, coded, value);
        });
    };
    sequence("same", {});
    sequence("larger", {.size = {640, 480}});
    sequence("smaller", {.size = {160, 128}});
    sequence("of ten bits", {.luma_bits = 10, .chroma_bits = 10});
    sequence("of 4:2:2", {.chroma_format_idc = 2});
    all.emplace_back("sequence of ten bits and back", [=](const DescribedNode& node) {
        const std::string deep = set_sequence(node, coded, {.luma_bits = 10, .chroma_bits = 10});
        return deep + ", " + set_sequence(node, coded, {});
    });
    all.emplace_back("sequence of ten bits, then S_FMT OUTPUT", [=](const DescribedNode& node) {
        const std::string deep = set_sequence(node, coded, {.luma_bits = 10, .chroma_bits = 10});
        return deep + ", " + node.format(VIDIOC_S_FMT, node.output(), coded, kSize, 65536);
    });
    for (const bool of_output : {true, false}) {
        const auto queue = [of_output](const DescribedNode& node) {
            return of_output ? node.output() : node.capture();
        };
        const std::string name = of_output ? " OUTPUT" : " CAPTURE";
        all.emplace_back("REQBUFS" + name, [=](const DescribedNode& node) {
            return node.request_buffers(queue(node), 3);
        });
        all.emplace_back("REQBUFS none" + name, [=](const DescribedNode& node) {
            return node.request_buffers(queue(node), 0);
        });
        all.emplace_back("REQBUFS DMABUF" + name, [=](const DescribedNode& node) {
            return node.request_buffers(queue(node), 3, V4L2_MEMORY_DMABUF);
        });
        all.emplace_back("CREATE_BUFS" + name, [=](const DescribedNode& node) {
            return node.create_buffers(queue(node), 1);
        });
        all.emplace_back("STREAMON" + name,
                         [=](const DescribedNode& node) { return node.stream(queue(node), true); });
        all.emplace_back("STREAMOFF" + name, [=](const DescribedNode& node) {
            return node.stream(queue(node), false);
        });
        all.emplace_back("larger format, QBUF" + name, [=](const DescribedNode& node) {
            const std::string set =
                node.format(VIDIOC_S_FMT, node.output(), coded, {640, 480}, 65536);
            return set + ", " + node.buffer(VIDIOC_PREPARE_BUF, {queue(node)});
        });
    }
    return all;
}

}  // namespace

void describe_busy(const DecoderPaths& paths) {
    const DescribedNode first(paths.video);
    const auto coded = first.formats(first.output());
    for (size_t i = 0; i < coded.size(); ++i) {
        const uint32_t other = coded[(i + 1) % coded.size()].pixelformat;
        for (const auto& [stage, stage_name] : kStages) {
            for (const auto& [name, action] : actions(coded[i].pixelformat, other)) {
                const DescribedNode node(paths.video);
                reach(node, coded[i].pixelformat, stage);
                const std::string asked =
                    fourcc(coded[i].pixelformat) + ", " + stage_name + ": " + name;
                fact(asked, action(node));
                fact(asked + ", CAPTURE", node.format(VIDIOC_G_FMT, node.capture(), 0, {0, 0}));
            }
        }
    }
}
