// SPDX-License-Identifier: MIT
// Runs a command on a board of the kernel lab and is its hardware meanwhile: each job ends as one
// that was decoded well, without a picture.
//
// usage: answer-jobs REPORT COMMAND [ARGUMENT...]
//
// REPORT gets a line for each device that had a job, tab separated: compatible, jobs, words that
// the driver wrote to registers, how many of these point into memory that it took for its devices,
// and how many of such memory have anything in them. The exit code is the command's, or 2 after
// wrong use and without a board.
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <vector>

#include "decoder_model.h"

namespace v4l2va::test {
namespace {

constexpr int kWrongUse = 2;
constexpr uint64_t kPage = 4096;

struct Counts {
    uint64_t jobs = 0;
    uint64_t words = 0;
    uint64_t addresses = 0;
    uint64_t filled = 0;
};

bool has_anything(const DecoderModel& model, const model_allocation& found) {
    const SharedBytes shared =
        model.memory(found.address, static_cast<size_t>((found.size + kPage - 1) / kPage * kPage));
    const std::span bytes = shared.bytes();
    // All bytes are 0 if the first is, and each is the one before it.
    return !bytes.empty() && (bytes[0] != std::byte{0} ||
                              std::memcmp(bytes.data(), &bytes[1], bytes.size() - 1) != 0);
}

void count(const DecoderModel& model, const model_job& job, Counts& counts) {
    ++counts.jobs;
    for (const uint32_t word : model.written_words(job.device)) {
        ++counts.words;
        // Small numbers are no addresses: the kernel itself is there.
        const auto found = word < kPage ? std::nullopt : model.find(word);
        if (!found) continue;
        ++counts.addresses;
        if (has_anything(model, *found)) ++counts.filled;
    }
}

void answer(const DecoderModel& model, std::span<Counts> counts) {
    while (const auto job = model.next()) {
        count(model, *job, counts[job->device]);
        if (!model.finish(*job)) std::fputs("answer-jobs: a job was given up\n", stderr);
    }
}

bool write_report(const char* path, const DecoderModel& model, std::span<const Counts> counts) {
    FILE* const file = std::fopen(path, "we");
    if (file == nullptr) return false;
    for (size_t i = 0; i < counts.size(); ++i) {
        if (counts[i].jobs == 0) continue;
        std::fprintf(file, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
                     model.devices()[i].compatible.c_str(), counts[i].jobs, counts[i].words,
                     counts[i].addresses, counts[i].filled);
    }
    return std::fclose(file) == 0;
}

int run(const char* report, char** command) {
    const auto model = DecoderModel::open();
    if (!model) {
        std::perror("answer-jobs: /dev/decoder-model");
        return kWrongUse;
    }
    std::vector<Counts> counts(model->devices().size());
    pid_t child = 0;
    if (posix_spawnp(&child, command[0], nullptr, nullptr, command, environ) != 0) {
        std::fprintf(stderr, "answer-jobs: %s cannot be started\n", command[0]);
        return kWrongUse;
    }
    const auto ended = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    std::array waited = {pollfd{.fd = model->fd(), .events = POLLIN, .revents = 0},
                         pollfd{.fd = ended, .events = POLLIN, .revents = 0}};
    while (poll(waited.data(), waited.size(), -1) > 0 && waited[1].revents == 0) {
        answer(*model, counts);
    }
    close(ended);
    int status = 0;
    waitpid(child, &status, 0);
    if (!write_report(report, *model, counts)) std::perror(report);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace
}  // namespace v4l2va::test

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: answer-jobs REPORT COMMAND [ARGUMENT...]\n", stderr);
        return v4l2va::test::kWrongUse;
    }
    return v4l2va::test::run(argv[1], argv + 2);
}
