// SPDX-License-Identifier: MIT
// Runs a command on a board of the kernel lab and is its hardware meanwhile: each job ends as one
// that was decoded well.
//
// usage: board-hardware [--count FILE] [--decode] [--record FILE] COMMAND [ARGUMENT...]
//
//   --count FILE   a table of what each device was given (job_counter.h)
//   --decode       buffers get the pictures (picture_decoder.h); without it nothing writes to them
//   --record FILE  what was programmed for each job (job_recorder.h)
//
// The exit code is the command's, or 2 after wrong use, without a board, and where a file could not
// be written, or 3 when the command ended with 0 but a job was not decoded.
#include <getopt.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include "decoder_model.h"
#include "job_counter.h"
#include "job_handler.h"
#include "job_recorder.h"
#include "picture_decoder.h"

namespace hardware {
namespace {

constexpr int kWrongUse = 2;
constexpr int kNotDecoded = 3;

using Handlers = std::vector<std::unique_ptr<JobHandler>>;

int wrong_use() {
    std::fputs(
        "usage: board-hardware [--count FILE] [--decode] [--record FILE] COMMAND [ARGUMENT...]\n",
        stderr);
    return kWrongUse;
}

void answer(const DecoderModel& model, const Handlers& handlers) {
    while (const auto job = model.next()) {
        for (const auto& handler : handlers) handler->handle(*job);
        for (const auto& handler : handlers) handler->end(*job);
        const bool given_up = std::ranges::any_of(
            handlers, [&job](const auto& handler) { return handler->given_up(*job); });
        if (given_up || !model.finish(*job)) {
            std::fputs("board-hardware: a job was given up\n", stderr);
        }
    }
}

bool finish(const Handlers& handlers) {
    bool good = true;
    for (const auto& handler : handlers) {
        if (handler->finish()) continue;
        std::perror("board-hardware: cannot write");
        good = false;
    }
    return good;
}

int run(const DecoderModel& model, const Handlers& handlers, char** command) {
    pid_t child = 0;
    if (posix_spawnp(&child, command[0], nullptr, nullptr, command, environ) != 0) {
        std::fprintf(stderr, "board-hardware: %s cannot be started\n", command[0]);
        return kWrongUse;
    }
    const auto ended = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    std::array waited = {pollfd{.fd = model.fd(), .events = POLLIN, .revents = 0},
                         pollfd{.fd = ended, .events = POLLIN, .revents = 0}};
    while (poll(waited.data(), waited.size(), -1) > 0 && waited[1].revents == 0) {
        answer(model, handlers);
    }
    close(ended);
    int status = 0;
    waitpid(child, &status, 0);
    if (!finish(handlers)) return kWrongUse;
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    const bool failed =
        std::ranges::any_of(handlers, [](const auto& handler) { return handler->failed(); });
    return failed && WEXITSTATUS(status) == 0 ? kNotDecoded : WEXITSTATUS(status);
}

int main(int argc, char** argv) {
    const auto model = DecoderModel::open();
    if (!model) {
        std::perror("board-hardware: /dev/decoder-model");
        return kWrongUse;
    }
    enum { count, decode, record };
    const std::array options = {option{"count", required_argument, nullptr, count},
                                option{"decode", no_argument, nullptr, decode},
                                option{"record", required_argument, nullptr, record},
                                option{nullptr, 0, nullptr, 0}};
    Handlers handlers;
    // "+": what follows the command is the command's.
    for (int found = 0; (found = getopt_long(argc, argv, "+", options.data(), nullptr)) != -1;) {
        switch (found) {
            case count: handlers.push_back(std::make_unique<JobCounter>(*model, optarg)); break;
            case decode: handlers.push_back(std::make_unique<PictureDecoder>(*model)); break;
            case record:
                handlers.push_back(std::make_unique<JobRecorder>(*model, optarg));
                break;
            default: return wrong_use();
        }
    }
    return optind < argc ? run(*model, handlers, argv + optind) : wrong_use();
}

}  // namespace
}  // namespace hardware

int main(int argc, char** argv) { return hardware::main(argc, argv); }
