// SPDX-License-Identifier: MIT
// Prints what a stateless decoder answers, a fact a line: what was asked, a tab, the answer.
//
// usage: describe-node /dev/videoN /dev/mediaN
//
// Asked are the coded formats and their sizes, what OUTPUT and CAPTURE become of each at many
// sizes, each CAPTURE format at some of them, every control, and calls in every state of the
// queues, right and wrong ones. No job runs. An answer that is an error is its name.
#include <cstdio>

#include "describe.h"

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: describe-node /dev/videoN /dev/mediaN\n", stderr);
        return 2;
    }
    const DecoderPaths paths = {argv[1], argv[2]};
    describe_identity(paths);
    describe_formats(paths);
    describe_controls(paths);
    describe_control_calls(paths);
    describe_buffers(paths);
    describe_requests(paths);
    describe_busy(paths);
    describe_other_calls(paths);
    return 0;
}
