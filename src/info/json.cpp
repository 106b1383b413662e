// SPDX-License-Identifier: MIT
// A report for bug reports: JSON.
#include <array>

#include "info/json_writer.h"
#include "info/names.h"
#include "info/print.h"

namespace v4l2va::info {

namespace {

void write_size(JsonWriter& json, std::string_view key, Size size) {
    json.open_object(key);
    json.member("width", uint64_t{size.width});
    json.member("height", uint64_t{size.height});
    json.close_object();
}

// The members of an object, as write_display() writes them.
void write_codec(JsonWriter& json, const CodecReport& codec) {
    json.member("codec", codec.name);
    json.member("coded_format", codec.fourcc);
    json.members("profiles", codec.profiles);
    json.members("bit_depths", codec.depths);
    write_size(json, "min_size", codec.sizes.min);
    write_size(json, "max_size", codec.sizes.max);
    write_size(json, "size_step", codec.sizes.step);
    json.objects("capture_formats", codec.capture, [&json](const CaptureFormat& format) {
        json.member("fourcc", format.fourcc);
        json.flag("used", format.used);
        json.member("drm", format.drm);
        json.member("modifier", format.drm.empty() ? "" : hexadecimal(format.modifier));
    });
    json.member("decode_mode", codec.mode);
}

void write_devices(JsonWriter& json, const Report& report) {
    json.objects("decoders", report.decoders, [&json](const DecoderReport& decoder) {
        json.member("video", decoder.video);
        json.member("media", decoder.media);
        json.member("driver", decoder.driver);
        json.member("card", decoder.card);
        json.objects("codecs", decoder.codecs,
                     [&json](const CodecReport& codec) { write_codec(json, codec); });
    });
    json.objects("left_out", report.left_out, [&json](const LeftOut& node) {
        json.member("node", node.path);
        json.member("reason", node.reason);
        json.member("remedy", node.remedy);
        json.flag("decoder", node.is_decoder);
    });
}

void write_display(JsonWriter& json, const VaDisplayReport& display) {
    json.member("node", display.node);
    json.member("error", display.error);
    json.member("module", display.module);
    json.member("vendor", display.vendor);
    json.member("version", display.version);
    json.flag("this_driver", display.ours);
    json.flag("only_by_name", display.only_by_name);
    json.objects("profiles", display.profiles, [&json](const VaProfileReport& profile) {
        json.member("profile", profile.name);
        json.members("entrypoints", profile.entrypoints);
        write_size(json, "max_size", profile.max);
    });
    json.members("messages", display.messages);
}

void write_va_and_drm(JsonWriter& json, const Report& report) {
    json.open_object("va_api");
    json.member("module_directories", report.module_dirs);
    json.member("module_file", report.module_file);
    json.member("driver_name", report.driver_name);
    json.objects("displays", report.displays,
                 [&json](const VaDisplayReport& display) { write_display(json, display); });
    json.close_object();
    json.objects("drm", report.drm, [&json](const DrmReport& node) {
        json.member("node", node.node);
        json.member("driver", node.driver);
        json.member("error", node.error);
        json.member("link", node.link);
        json.flag("this_driver", node.ours);
    });
}

void write_permissions(JsonWriter& json, const Report& report) {
    json.objects("permissions", report.permissions, [&json](const NodePermission& node) {
        json.member("node", node.path);
        json.member("owner", node.owner);
        json.member("group", node.group);
        json.member("mode", uint64_t{node.mode});
        json.flag("opens", node.error.empty());
        json.member("error", node.error);
        json.member("remedy", node.remedy);
    });
}

void write_kernel(JsonWriter& json, const KernelReport& kernel) {
    static constexpr std::array kStates = {"unknown", "n", "m", "y"};
    json.open_object("kernel");
    json.member("release", kernel.release);
    json.member("machine", kernel.machine);
    json.member("config", kernel.config);
    json.member("model", kernel.model);
    json.members("compatible", kernel.compatible);
    json.member("chip", kernel.chip);
    json.member("missing_in_linux", kernel.missing);
    json.objects("options", kernel.options, [&json](const KernelOption& option) {
        json.member("option", option.name);
        json.member("state", kStates.at(static_cast<size_t>(option.state)));
        json.member("module", option.module);
        json.member("about", option.about);
        json.flag("of_chip", option.of_chip);
        json.member("since", option.since);
    });
    json.close_object();
}

void write_trial(JsonWriter& json, const Trial& trial) {
    static constexpr std::array kOutcomes = {"ok", "failed", "skipped"};
    json.open_object("try");
    json.flag("ok", trial.ok());
    json.objects("steps", trial.steps, [&json](const Step& step) {
        json.member("step", step.name);
        json.member("outcome", kOutcomes.at(static_cast<size_t>(step.outcome)));
        json.member("detail", step.detail);
        json.member("remedy", step.remedy);
    });
    json.close_object();
}

}  // namespace

std::string as_json(const Report& report, const Trial* trial) {
    JsonWriter json;
    json.open_object();
    json.member("v4l2va_info", report.version);
    write_devices(json, report);
    json.flag("has_media_nodes", report.has_media_nodes);
    json.members("media_not_in_dev", report.media_not_in_dev);
    write_va_and_drm(json, report);
    write_permissions(json, report);
    write_kernel(json, report.kernel);
    json.open_object("verdict");
    json.flag("decodes", report.verdict.decodes);
    json.member("line", report.verdict.line);
    json.member("remedy", report.verdict.remedy);
    json.members("notes", report.verdict.notes);
    json.close_object();
    if (trial) {
        write_trial(json, *trial);
    }
    json.close_object();
    return json.take();
}

}  // namespace v4l2va::info
