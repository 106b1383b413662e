// SPDX-License-Identifier: MIT
// Context: what every kind has in common, tried with one that does nothing.
#include "va/context.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver_test.h"
#include "fake_operation.h"

namespace v4l2va::test {
namespace {

// Its buffers are of type VAProcPipelineParameterBufferType and hold one byte, which names them.
class FakeContext final : public Context {
  public:
    [[nodiscard]] bool takes(VABufferType type) const override {
        return type == VAProcPipelineParameterBufferType;
    }

    std::vector<std::string> calls;
    std::optional<Error> add_error;     // of the next add()
    std::optional<Error> submit_error;  // of the next submit()
    std::shared_ptr<PendingOperation> operation;
    size_t bytes_at_submit = 0;

  private:
    void reset() override { calls.emplace_back("reset"); }
    [[nodiscard]] Result<> add(Driver& /*driver*/, Buffer& buffer) override {
        calls.push_back("add " + std::to_string(static_cast<int>(buffer.bytes()[0])));
        return answer(add_error);
    }
    [[nodiscard]] Result<> submit(Driver& /*driver*/, const Picture& picture) override {
        calls.emplace_back("submit");
        for (const std::shared_ptr<Buffer>& buffer : picture.buffers) {
            bytes_at_submit += buffer->bytes().size();
        }
        if (operation) {
            picture.target->set_operation(operation);
        }
        return answer(submit_error);
    }
    void close(Driver& /*driver*/) override { calls.emplace_back("close"); }

    static Result<> answer(std::optional<Error>& error) {
        const std::optional<Error> own = error;
        error.reset();
        return own ? Result<>(fail(*own)) : Result<>();
    }
};

class ContextTest : public DriverTest {
  protected:
    void SetUp() override {
        DriverTest::SetUp();
        context_ = std::make_shared<FakeContext>();
        id_ = driver_->contexts.add(context_);
        target_ = new_surface();
    }

    [[nodiscard]] VABufferID new_buffer(uint8_t name) {
        VABufferID buffer = VA_INVALID_ID;
        EXPECT_EQ(
            create_buffer(*driver_, id_, VAProcPipelineParameterBufferType, 1, 1, &name, &buffer),
            VA_STATUS_SUCCESS);
        return buffer;
    }

    [[nodiscard]] VAStatus begin() { return begin_picture(*driver_, id_, target_); }
    [[nodiscard]] VAStatus render(std::vector<VABufferID> buffers) {
        return render_picture(*driver_, id_, buffers.data(), static_cast<int>(buffers.size()));
    }
    [[nodiscard]] VAStatus end() { return end_picture(*driver_, id_); }

    [[nodiscard]] long calls_of(const char* call) const {
        return std::count(context_->calls.begin(), context_->calls.end(), call);
    }

    std::shared_ptr<FakeContext> context_;
    VAContextID id_ = VA_INVALID_ID;
    VASurfaceID target_ = VA_INVALID_ID;
};

TEST_F(ContextTest, APictureIsWhatWasRenderedInThatOrder) {
    const std::vector<VABufferID> buffers = {new_buffer(1), new_buffer(2), new_buffer(3)};
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(render({buffers[1], buffers[0]}), VA_STATUS_SUCCESS);
    EXPECT_EQ(render({buffers[2]}), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(context_->calls,
              (std::vector<std::string>{"reset", "add 2", "add 1", "add 3", "submit", "reset"}));
}

TEST_F(ContextTest, WithoutATargetThereIsNoPicture) {
    EXPECT_EQ(begin_picture(*driver_, id_, target_ + 1), VA_STATUS_ERROR_INVALID_SURFACE);
    EXPECT_EQ(render({new_buffer(1)}), VA_STATUS_ERROR_OPERATION_FAILED);
    EXPECT_EQ(end(), VA_STATUS_ERROR_OPERATION_FAILED);
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_ERROR_OPERATION_FAILED);
}

TEST_F(ContextTest, TheFirstFailureIsRepeatedAndNothingIsSubmitted) {
    const std::vector<VABufferID> buffers = {new_buffer(1), new_buffer(2)};
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    context_->add_error = Error{ErrorCode::kUnsupported, 0, "buffer"};
    EXPECT_EQ(render(buffers), VA_STATUS_ERROR_UNIMPLEMENTED);
    EXPECT_EQ(render({VA_INVALID_ID}), VA_STATUS_ERROR_UNIMPLEMENTED);
    EXPECT_EQ(end(), VA_STATUS_ERROR_UNIMPLEMENTED);
    EXPECT_EQ(context_->calls, (std::vector<std::string>{"reset", "add 1", "reset"}));
    EXPECT_TRUE(surface(target_).failed());

    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(render(buffers), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(calls_of("submit"), 1);
}

TEST_F(ContextTest, AnUnknownBufferFailsThePicture) {
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(render({VA_INVALID_ID}), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(end(), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(calls_of("submit"), 0);
    EXPECT_TRUE(surface(target_).failed());
}

TEST_F(ContextTest, APictureThatCannotBeSubmittedMarksItsTarget) {
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    context_->submit_error = Error{ErrorCode::kTimeout, 0, "device"};
    EXPECT_EQ(end(), VA_STATUS_ERROR_TIMEDOUT);
    EXPECT_TRUE(surface(target_).is_stuck());
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    context_->operation = std::make_shared<FakeOperation>();
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_FALSE(surface(target_).failed());
}

TEST_F(ContextTest, BuffersLiveUntilTheEndWhateverTheClientDestroys) {
    const VABufferID buffer = new_buffer(7);
    const std::weak_ptr<Buffer> alive = driver_->buffers.find(buffer);
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(render({buffer}), VA_STATUS_SUCCESS);
    EXPECT_EQ(destroy_buffer(*driver_, buffer), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(context_->bytes_at_submit, 1U);
    EXPECT_TRUE(alive.expired());
}

TEST_F(ContextTest, APictureThatWasNeverEndedIsDropped) {
    const VABufferID buffer = new_buffer(7);
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(render({buffer, VA_INVALID_ID}), VA_STATUS_ERROR_INVALID_BUFFER);
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(context_->bytes_at_submit, 0U);
}

TEST_F(ContextTest, APictureHasNoEndOfBuffers) {
    const std::vector<VABufferID> many(65536, new_buffer(7));
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(render(many), VA_STATUS_SUCCESS);
    EXPECT_EQ(render({many[0]}), VA_STATUS_ERROR_INVALID_PARAMETER);
    EXPECT_EQ(end(), VA_STATUS_ERROR_INVALID_PARAMETER);
}

// V4L2's dma-bufs have no fences: see Driver::client_syncs().
TEST_F(ContextTest, AnExportedTargetIsWaitedForUntilTheClientWaits) {
    const auto operation = std::make_shared<FakeOperation>();
    context_->operation = operation;
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(operation->waits, 0);
    surface(target_).set_exported();
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(operation->waits, 1);
    EXPECT_EQ(sync_surface(*driver_, target_), VA_STATUS_SUCCESS);
    operation->now = OperationState::kQueued;
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(end(), VA_STATUS_SUCCESS);
    EXPECT_EQ(operation->waits, 1);
}

TEST_F(ContextTest, ADestroyedContextDropsItsPictureAndTakesNoMore) {
    EXPECT_EQ(begin(), VA_STATUS_SUCCESS);
    EXPECT_EQ(destroy_context(*driver_, id_), VA_STATUS_SUCCESS);
    EXPECT_EQ(context_->calls, (std::vector<std::string>{"reset", "reset", "close"}));
    // Another thread may still have it.
    EXPECT_EQ(context_->begin_picture(*driver_, target_), VA_STATUS_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(context_->end_picture(*driver_), VA_STATUS_ERROR_OPERATION_FAILED);
    EXPECT_EQ(begin(), VA_STATUS_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(destroy_context(*driver_, id_), VA_STATUS_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(calls_of("close"), 1);
}

TEST_F(ContextTest, TheKindSaysWhichBuffersThereAre) {
    VABufferID buffer = VA_INVALID_ID;
    EXPECT_EQ(create_buffer(*driver_, id_, VASliceDataBufferType, 1, 1, nullptr, &buffer),
              VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE);
    EXPECT_EQ(
        create_buffer(*driver_, id_ + 1, VAProcPipelineParameterBufferType, 1, 1, nullptr, &buffer),
        VA_STATUS_ERROR_INVALID_CONTEXT);
}

}  // namespace
}  // namespace v4l2va::test
