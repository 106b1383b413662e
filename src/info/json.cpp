// SPDX-License-Identifier: MIT
// A report for bug reports: JSON.
#include <array>

#include "info/json_writer.h"
#include "info/print.h"

namespace v4l2va::info {

namespace {

void write_size(JsonWriter& json, std::string_view key, Size size) {
    json.open_object(key);
    json.member("width", uint64_t{size.width});
    json.member("height", uint64_t{size.height});
    json.close_object();
}

void write_codec(JsonWriter& json, const CodecReport& codec) {
    json.open_object();
    json.member("codec", codec.name);
    json.member("coded_format", codec.fourcc);
    json.members("profiles", codec.profiles);
    json.members("bit_depths", codec.depths);
    write_size(json, "min_size", codec.sizes.min);
    write_size(json, "max_size", codec.sizes.max);
    write_size(json, "size_step", codec.sizes.step);
    json.members("capture_formats", codec.capture);
    json.member("decode_mode", codec.mode);
    json.close_object();
}

void write_devices(JsonWriter& json, const Report& report) {
    json.open_array("decoders");
    for (const DecoderReport& decoder : report.decoders) {
        json.open_object();
        json.member("video", decoder.video);
        json.member("media", decoder.media);
        json.member("driver", decoder.driver);
        json.member("card", decoder.card);
        json.open_array("codecs");
        for (const CodecReport& codec : decoder.codecs) {
            write_codec(json, codec);
        }
        json.close_array();
        json.close_object();
    }
    json.close_array();
    json.open_array("left_out");
    for (const LeftOut& node : report.left_out) {
        json.open_object();
        json.member("node", node.path);
        json.member("reason", node.reason);
        json.member("remedy", node.remedy);
        json.close_object();
    }
    json.close_array();
}

void write_display(JsonWriter& json, const VaDisplayReport& display) {
    json.open_object();
    json.member("node", display.node);
    json.member("error", display.error);
    json.member("module", display.module);
    json.member("vendor", display.vendor);
    json.member("version", display.version);
    json.flag("this_driver", display.ours);
    json.flag("only_by_name", display.only_by_name);
    json.open_array("profiles");
    for (const VaProfileReport& profile : display.profiles) {
        json.open_object();
        json.member("profile", profile.name);
        json.members("entrypoints", profile.entrypoints);
        write_size(json, "max_size", profile.max);
        json.close_object();
    }
    json.close_array();
    json.members("messages", display.messages);
    json.close_object();
}

void write_va_and_drm(JsonWriter& json, const Report& report) {
    json.open_object("va_api");
    json.member("module_directories", report.module_dirs);
    json.member("module_file", report.module_file);
    json.member("driver_name", report.driver_name);
    json.open_array("displays");
    for (const VaDisplayReport& display : report.displays) {
        write_display(json, display);
    }
    json.close_array();
    json.close_object();
    json.open_array("drm");
    for (const DrmReport& node : report.drm) {
        json.open_object();
        json.member("node", node.node);
        json.member("driver", node.driver);
        json.member("error", node.error);
        json.member("link", node.link);
        json.close_object();
    }
    json.close_array();
}

void write_permissions(JsonWriter& json, const Report& report) {
    json.open_array("permissions");
    for (const NodePermission& node : report.permissions) {
        json.open_object();
        json.member("node", node.path);
        json.member("owner", node.owner);
        json.member("group", node.group);
        json.member("mode", uint64_t{node.mode});
        json.flag("opens", node.error.empty());
        json.member("error", node.error);
        json.member("remedy", node.remedy);
        json.close_object();
    }
    json.close_array();
}

void write_kernel(JsonWriter& json, const KernelReport& kernel) {
    constexpr std::array kStates = {"unknown", "n", "m", "y"};
    json.open_object("kernel");
    json.member("release", kernel.release);
    json.member("machine", kernel.machine);
    json.member("config", kernel.config);
    json.member("model", kernel.model);
    json.members("compatible", kernel.compatible);
    json.member("chip", kernel.chip);
    json.open_array("options");
    for (const KernelOption& option : kernel.options) {
        json.open_object();
        json.member("option", option.name);
        json.member("state", kStates.at(static_cast<size_t>(option.state)));
        json.member("module", option.module);
        json.member("about", option.about);
        json.close_object();
    }
    json.close_array();
    json.close_object();
}

void write_trial(JsonWriter& json, const Trial& trial) {
    constexpr std::array kOutcomes = {"ok", "failed", "skipped"};
    json.open_object("try");
    json.flag("ok", trial.ok());
    json.open_array("steps");
    for (const Step& step : trial.steps) {
        json.open_object();
        json.member("step", step.name);
        json.member("outcome", kOutcomes.at(static_cast<size_t>(step.outcome)));
        json.member("detail", step.detail);
        json.member("remedy", step.remedy);
        json.close_object();
    }
    json.close_array();
    json.close_object();
}

}  // namespace

std::string as_json(const Report& report, const Trial* trial) {
    JsonWriter json;
    json.open_object();
    json.member("v4l2va_info", report.version);
    write_devices(json, report);
    json.flag("has_media_nodes", report.has_media_nodes);
    write_va_and_drm(json, report);
    write_permissions(json, report);
    write_kernel(json, report.kernel);
    json.open_object("verdict");
    json.flag("decodes", report.verdict.decodes);
    json.member("line", report.verdict.line);
    json.member("remedy", report.verdict.remedy);
    json.close_object();
    if (trial) {
        write_trial(json, *trial);
    }
    json.close_object();
    return json.take();
}

}  // namespace v4l2va::info
