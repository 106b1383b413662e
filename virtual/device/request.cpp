// SPDX-License-Identifier: MIT
// The state machine of media requests.
#include "device/request.h"

#include <linux/media.h>
#include <poll.h>

#include <cerrno>

#include "device/context.h"
#include "device/ioctl_call.h"
#include "report/judge.h"

namespace vdec {

int Request::ioctl(int fd, uint32_t request, void*) {
    Lock lock(device_.mutex);
    IoctlCall call(request == MEDIA_REQUEST_IOC_QUEUE    ? "MEDIA_REQUEST_IOC_QUEUE"
                   : request == MEDIA_REQUEST_IOC_REINIT ? "MEDIA_REQUEST_IOC_REINIT"
                                                         : "unknown request ioctl",
                   device_.streamed());
    if (call.injected_error() != 0) return call.done(-call.injected_error());
    if (request == MEDIA_REQUEST_IOC_QUEUE) return call.done(queue(lock));
    if (request == MEDIA_REQUEST_IOC_REINIT) return call.done(reinit(fd));
    return call.done(-ENOTTY);
}

int Request::queue(Lock& lock) {
    if (state_ != RequestState::idle) return -EBUSY;
    if (buffers_.empty()) return -ENOENT;
    if (buffers_.size() > 1) return -EINVAL;
    const std::shared_ptr<Context> context = buffers_[0].context.lock();
    if (context == nullptr) return -ENOENT;
    const int error = context->prepare_requested_buffer(buffers_[0].index);
    if (error != 0) return error;
    state_ = RequestState::queued;
    context->queue_requested_buffer(buffers_[0].index);
    device_.kick(lock);
    return 0;
}

int Request::reinit(int fd) {
    if (state_ == RequestState::queued) {
        judge().violation("request-reinit-queued", "MEDIA_REQUEST_IOC_REINIT of a queued request");
        return -EBUSY;
    }
    const std::vector<Binding> bound = std::move(buffers_);
    buffers_.clear();
    for (const Binding& binding : bound) {
        const std::shared_ptr<Context> context = binding.context.lock();
        if (context != nullptr) context->release_requested_buffer(binding.index);
    }
    controls_.clear();
    state_ = RequestState::idle;
    socket().set_pri(false, fd);
    return 0;
}

void Request::bind_buffer(const std::shared_ptr<Context>& context, unsigned index) {
    buffers_.push_back({context, context.get(), index});
}

void Request::unbind_buffer(const Context* context, unsigned index) {
    std::erase_if(buffers_, [&](const Binding& binding) {
        return binding.key == context && binding.index == index;
    });
}

void Request::complete(const Context* context, const ControlValues& values) {
    controls_[context] = values;
    buffers_.clear();
    state_ = RequestState::complete;
    socket().set_pri(true, -1);
}

void Request::closed() {
    const Lock lock(device_.mutex);
    Node::closed();
}

short Request::adjust_poll(short events, short) {
    if ((events & POLLPRI) == 0) return 0;
    const RequestState state = state_;
    if (state == RequestState::complete) return POLLPRI;
    return state == RequestState::queued ? short{0} : short{POLLERR};
}

}  // namespace vdec
