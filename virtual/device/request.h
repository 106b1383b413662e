// SPDX-License-Identifier: MIT
// Request: a media request: its state, the controls set in it and the OUTPUT buffers bound to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "backend/control_values.h"
#include "device/device.h"
#include "node/node.h"

namespace vdec {

enum class RequestState { idle, queued, complete };

// Guarded by the device lock, as everything of the device; poll() needs none.
class Request : public Node, public std::enable_shared_from_this<Request> {
  public:
    Request(std::unique_ptr<ReadySocket> socket, Device& device)
        : Node(std::move(socket)), device_(device) {}

    [[nodiscard]] const Device& device() const { return device_; }
    int ioctl(int fd, uint32_t request, void* arg) override;
    void closed() override;
    short adjust_poll(short events, short shown) override;
    [[nodiscard]] dev_t device_number() const override { return 0; }

    // All below with the device lock held.
    [[nodiscard]] RequestState state() const { return state_; }
    void bind_buffer(const std::shared_ptr<Context>& context, unsigned index);
    void unbind_buffer(const Context* context, unsigned index);
    [[nodiscard]] bool has_controls_for(const Context* context) const {
        return controls_.contains(context);
    }
    ControlValues& controls_for(const Context* context) { return controls_[context]; }
    // Its job finished or was cancelled; `values` are all controls as the job saw them.
    void complete(const Context* context, const ControlValues& values);

  private:
    struct Binding {
        std::weak_ptr<Context> context;
        const Context* key;
        unsigned index;
    };
    int queue(Lock& lock);
    int reinit(int fd);

    Device& device_;
    std::atomic<RequestState> state_ = RequestState::idle;
    std::vector<Binding> buffers_;
    std::map<const Context*, ControlValues> controls_;
};

}  // namespace vdec
