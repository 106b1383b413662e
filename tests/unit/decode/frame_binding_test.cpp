// SPDX-License-Identifier: MIT
#include "decode/frame_binding.h"

#include "session_parts_test.h"

namespace v4l2va::test {
namespace {

class FrameBindingTest : public SessionPartsTest {
  protected:
    const CaptureSlot& slot_of(const FrameMemory& frame) {
        const CaptureSlot* slot = queues_.captures().find(frame.id());
        EXPECT_NE(slot, nullptr);
        return *slot;
    }
};

TEST_F(FrameBindingTest, AFrameKeepsItsSlot) {
    start();
    const auto other = new_frame();
    system_.reset_counts();
    const auto first = bind(frame_);
    const auto second = bind(other);
    ASSERT_TRUE(first && second);
    EXPECT_NE(*first, *second);
    const auto again = bind(frame_);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *first);
    EXPECT_EQ(system_.calls(VIDIOC_CREATE_BUFS), 2U);
    EXPECT_EQ(system_.calls(VIDIOC_PREPARE_BUF), 2U);
    EXPECT_EQ(slot_of(*frame_).private_memory, nullptr);
}

TEST_F(FrameBindingTest, AFrameOfAnotherLayoutGetsPrivateMemoryOnce) {
    start();
    const auto large = new_frame({128, 96});
    ASSERT_TRUE(bind(large));
    const auto memory = slot_of(*large).private_memory;
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(memory->layout().size, kSize);
    ASSERT_TRUE(bind(large));
    EXPECT_EQ(slot_of(*large).private_memory, memory);
}

TEST_F(FrameBindingTest, AFrameThatTheDeviceCannotMapGetsPrivateMemory) {
    start();
    system_.make_unmappable(frame_->dma_buf(0));
    ASSERT_TRUE(bind(frame_));
    EXPECT_NE(slot_of(*frame_).private_memory, nullptr);
}

TEST_F(FrameBindingTest, PrepareBufIsTriedOnce) {
    FakeDevice device;
    device.has_prepare = false;
    start(device);
    const auto other = new_frame();
    system_.reset_counts();
    ASSERT_TRUE(bind(frame_));
    ASSERT_TRUE(bind(other));
    EXPECT_EQ(system_.calls(VIDIOC_PREPARE_BUF), 1U);
    EXPECT_FALSE(slot_of(*other).prepared);
}

TEST_F(FrameBindingTest, TheSlotOfAFrameThatIsGoneIsTakenFirst) {
    FakeDevice device;
    device.has_prepare = false;  // what is prepared takes no other dma-buf
    start(device);
    const auto first = bind(new_frame());
    system_.reset_counts();
    const auto second = bind(frame_);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*second, *first);
    EXPECT_EQ(system_.calls(VIDIOC_CREATE_BUFS), 0U);
}

TEST_F(FrameBindingTest, AFullQueueGivesTheSlotThatWasNotUsedForLongest) {
    FakeDevice device;
    device.has_prepare = false;
    device.max_buffers = 4;
    start(device);
    const std::vector frames{new_frame(), new_frame(), new_frame(), new_frame()};
    std::vector<size_t> slots;
    for (const auto& frame : frames) {
        const auto slot = bind(frame);
        ASSERT_TRUE(slot);
        slots.push_back(*slot);
        queues_.captures().mark_used(frame->id());
    }
    queues_.captures().mark_used(frames[0]->id());
    const auto slot = bind(frame_);
    ASSERT_TRUE(slot);
    EXPECT_EQ(*slot, slots[1]);
}

}  // namespace
}  // namespace v4l2va::test
