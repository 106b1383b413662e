// SPDX-License-Identifier: MIT
// JobHandler: what is done with each job of a board's drivers before it ends.
#pragma once

#include "decoder_model.h"

namespace hardware {

class JobHandler {
  public:
    JobHandler() = default;
    JobHandler(const JobHandler&) = delete;
    JobHandler& operator=(const JobHandler&) = delete;
    virtual ~JobHandler() = default;

    // The registers and the memory are as the driver left them when it started JOB.
    virtual void handle(const model_job& job) = 0;
    // Every handler has seen JOB; then it ends.
    virtual void end(const model_job& job) { (void)job; }
    // The device must not end JOB, which was handled: its driver no longer waits.
    [[nodiscard]] virtual bool given_up(const model_job& job) const {
        (void)job;
        return false;
    }
    // After the last job. False: what was to be written could not be.
    virtual bool finish() { return true; }
    // Whether a job could not be done; the reason is on stderr.
    [[nodiscard]] virtual bool failed() const { return false; }
};

}  // namespace hardware
