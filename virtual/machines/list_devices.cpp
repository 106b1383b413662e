// SPDX-License-Identifier: MIT
// Prints the personalities and machines of the virtual decoder, a line for each decoder.
#include <cstdio>
#include <string>

#include "machines/machine.h"

namespace {

using vdec::Personality;

std::string codecs_of(const Personality& device) {
    std::string text;
    if (device.capture_formats.empty()) return text;
    for (const vdec::CodedFormat& format : device.coded_formats) {
        if (!text.empty()) text += ' ';
        text += format.codec;
    }
    return text;
}

}  // namespace

int main() {
    std::puts("kind\tname\tnode\tpersonality\tcodecs");
    for (const Personality& device : vdec::personalities()) {
        std::printf("personality\t%s\tvideo0\t%s\t%s\n", device.name, device.name,
                    codecs_of(device).c_str());
    }
    for (const vdec::Machine& machine : vdec::machines()) {
        for (const vdec::NodeRow& row : machine.nodes) {
            if (!row.is_decoder()) continue;
            std::printf("machine\t%s\tvideo%d\t%s\t%s\n", machine.name, row.video, row.name,
                        codecs_of(vdec::find_personality(row.name)).c_str());
        }
    }
    return 0;
}
