// SPDX-License-Identifier: MIT
// Request: the decode of one picture, from its submission until the kernel gave it back.
#include "decode/request.h"

#include "decode/decode_session.h"

namespace v4l2va {

Result<> Request::wait(uint64_t timeout_ns) {
    const std::shared_ptr<DecodeSession> session = session_.lock();
    return session ? session->wait(shared_from_this(), timeout_ns) : Result<>();
}

bool Request::is_stuck() {
    const std::shared_ptr<DecodeSession> session = session_.lock();
    return session && session->is_stuck();
}

}  // namespace v4l2va
