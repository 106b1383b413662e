// SPDX-License-Identifier: MIT
#include "decode/job_queue.h"

#include <cerrno>
#include <thread>

#include "decode/sent_controls.h"
#include "session_parts_test.h"
#include "v4l2/stuck_jobs.h"

namespace v4l2va::test {
namespace {

class JobQueueTest : public SessionPartsTest {
  protected:
    void start_jobs() {
        start();
        auto media = MediaDevice::open(system_, devices_[0].media_path.c_str());
        ASSERT_TRUE(media);
        media_.emplace(std::move(*media));
        ASSERT_TRUE(bind(frame_));
        ASSERT_TRUE(queues_.start());
        system_.set_automatic(false);
    }

    // One request, as a session makes it, but without a name; null when a call failed.
    std::shared_ptr<RequestFd> push(const std::shared_ptr<FrameMemory>& target,
                                    const std::shared_ptr<Request>& request) {
        auto fd = pool_.acquire(system_, *media_);
        auto slot = bind(target);
        const MutexLock lock(mutex_);
        OutputBuffer* output = queues_.outputs().find_free();
        if (!fd || !slot || output == nullptr) {
            return nullptr;
        }
        output->busy = true;
        picture_.set_number(++number_);
        SentControls sent;
        const BufferToQueue buffer{
            .index = output->index, .bytes_used = 100, .request_fd = (*fd)->get()};
        EXPECT_TRUE(queues_.node().set_controls(*sent.choose(picture_.controls()), (*fd)->get()));
        EXPECT_TRUE(queues_.node().queue_output(buffer));
        EXPECT_TRUE(queue_request(system_, (*fd)->get()));
        jobs_->push(Job{.request_fd = *fd,
                        .request = request,
                        .output_index = output->index,
                        .slot = *slot,
                        .returns_capture = true,
                        .is_last = true,
                        .target = DeviceClaim(target)});
        EXPECT_TRUE(queues_.queue_capture(*slot, *target, formats_->capture_layout(), Timestamp()));
        return *fd;
    }
    std::shared_ptr<RequestFd> push() {
        requests_.push_back(std::make_shared<Request>(std::weak_ptr<DecodeSession>()));
        return push(frames_.emplace_back(new_frame()), requests_.back());
    }

    Result<> wait_for(const std::shared_ptr<RequestFd>& fd, uint64_t timeout_ns) {
        const MutexLock lock(mutex_);
        return jobs_->wait_for(mutex_, fd, JobQueue::after(timeout_ns));
    }

    std::optional<MediaDevice> media_;
    RequestFdPool pool_;
    std::vector<std::shared_ptr<Request>> requests_;
    std::vector<std::shared_ptr<FrameMemory>> frames_;
    uint16_t number_ = 0;
};

TEST_F(JobQueueTest, ComeBackOldestFirst) {
    start_jobs();
    const auto first = push();
    const auto second = push();
    const auto third = push();
    EXPECT_EQ(jobs_->front().request_fd, first);
    EXPECT_EQ(jobs_->back().request_fd, third);
    system_.complete_jobs(2);
    EXPECT_TRUE(wait_for(second, kSecond));
    EXPECT_EQ(jobs_->size(), 1U);
    EXPECT_EQ(requests_[0]->state(), OperationState::kDone);
    EXPECT_EQ(requests_[1]->state(), OperationState::kDone);
    EXPECT_EQ(requests_[2]->state(), OperationState::kQueued);
    EXPECT_FALSE(frames_[1]->is_claimed());
    EXPECT_TRUE(frames_[2]->is_claimed());
    const auto waited = wait_for(third, 1);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
    EXPECT_TRUE(jobs_->check_progress());  // late, not stuck
    system_.complete_jobs();
    EXPECT_TRUE(jobs_->is_idle());
    EXPECT_TRUE(wait_for(third, 0));  // nothing is left to wait for
}

TEST_F(JobQueueTest, TheOldestHasALimitAndWhatCompletesLateGoesOn) {
    job_timeout_ns_ = kSecond / 50;
    start_jobs();
    const auto first = push();
    const auto waited = wait_for(first, 60 * kSecond);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::kTimeout);
    EXPECT_FALSE(jobs_->check_progress());
    EXPECT_TRUE(devices_[0].stuck_jobs->any(system_));
    EXPECT_FALSE(jobs_->is_idle());
    {
        const MutexLock lock(mutex_);
        EXPECT_FALSE(jobs_->wait_until_idle(mutex_));
    }
    system_.complete_jobs();
    EXPECT_TRUE(jobs_->check_progress());
    EXPECT_TRUE(jobs_->empty());
    EXPECT_FALSE(devices_[0].stuck_jobs->any(system_));
}

TEST_F(JobQueueTest, LostJobsFailButTheKernelMayStillWorkOnThem) {
    start_jobs();
    (void)push();
    jobs_->lose_everything(Error{ErrorCode::kKernel, EIO, "test"});
    EXPECT_EQ(requests_[0]->state(), OperationState::kFailed);
    EXPECT_TRUE(jobs_->empty());
    EXPECT_TRUE(jobs_->has_lost());
    EXPECT_TRUE(frames_[0]->is_claimed());
    EXPECT_TRUE(queues_.broken());
    EXPECT_FALSE(queues_.is_gone());
    EXPECT_FALSE(jobs_->is_idle());
    system_.complete_jobs();
    EXPECT_TRUE(jobs_->is_idle());
    EXPECT_FALSE(frames_[0]->is_claimed());
    EXPECT_TRUE(queues_.restart());
    EXPECT_TRUE(queues_.usable());
}

TEST_F(JobQueueTest, AFailingQueueLosesEverything) {
    start_jobs();
    const auto first = push();
    (void)push();
    system_.complete_jobs();
    system_.fail_call(VIDIOC_DQBUF, 2, ENODEV);
    EXPECT_FALSE(wait_for(first, kSecond));
    EXPECT_TRUE(jobs_->empty());
    EXPECT_EQ(requests_[1]->state(), OperationState::kFailed);
    EXPECT_TRUE(queues_.is_gone());
}

TEST_F(JobQueueTest, DamageIsToldOnce) {
    start_jobs();
    system_.damage_next();
    const auto first = push();
    system_.complete_jobs();
    EXPECT_TRUE(wait_for(first, kSecond));
    EXPECT_EQ(requests_[0]->state(), OperationState::kFailed);
    EXPECT_TRUE(jobs_->take_damage());
    EXPECT_FALSE(jobs_->take_damage());
}

TEST_F(JobQueueTest, AFrameIsUnusedWhenItsJobIsBack) {
    start_jobs();
    (void)push();
    (void)push();
    system_.complete_jobs(1);
    {
        const MutexLock lock(mutex_);
        EXPECT_TRUE(jobs_->wait_until_unused(mutex_, *frames_[0]));
        EXPECT_EQ(jobs_->size(), 1U);
        const DeviceClaim others(frames_[0]);
        const auto unused = jobs_->wait_until_unused(mutex_, *frames_[0]);
        ASSERT_FALSE(unused);
        EXPECT_EQ(unused.error().code, ErrorCode::kBusy);
    }
    system_.complete_jobs();
    EXPECT_TRUE(jobs_->is_idle());
}

// The lock is free while a thread waits, and another that waits for the same job polls nothing.
TEST_F(JobQueueTest, TwoThreadsWaitForOneJobWithOnePoll) {
    start_jobs();
    const auto first = push();
    system_.reset_counts();
    std::thread one([&] { EXPECT_TRUE(wait_for(first, 60 * kSecond)); });
    std::thread two([&] { EXPECT_TRUE(wait_for(first, 60 * kSecond)); });
    while (system_.polls() == 0) {
        std::this_thread::yield();
    }
    {
        const MutexLock lock(mutex_);
        system_.complete_jobs();
    }
    one.join();
    two.join();
    EXPECT_EQ(system_.polls(), 1U);
}

}  // namespace
}  // namespace v4l2va::test
