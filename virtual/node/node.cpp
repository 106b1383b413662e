// SPDX-License-Identifier: MIT
// The table of open device files.
#include "node/node.h"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <new>

#include "host/real_calls.h"

namespace vdec {

struct NodeTable::Impl {
    std::mutex mutex;
    std::map<ino_t, std::shared_ptr<Node>> nodes;
    std::atomic<size_t> count = 0;
};

int Node::memory_for_mmap(size_t, int, int, off_t) { return -ENODEV; }

short Node::adjust_poll(short, short shown) { return shown; }

NodeTable::NodeTable() : impl_(new Impl) {}

NodeTable& NodeTable::instance() {
    static NodeTable* const table = new NodeTable;
    return *table;
}

bool NodeTable::empty() const { return impl_->count.load(std::memory_order_acquire) == 0; }

void NodeTable::add(std::shared_ptr<Node> node) {
    const std::lock_guard<std::mutex> guard(impl_->mutex);
    const ino_t inode = node->socket().client_inode();
    impl_->nodes[inode] = std::move(node);
    impl_->count = impl_->nodes.size();
}

std::shared_ptr<Node> NodeTable::find(int fd) {
    if (fd < 0 || empty()) return nullptr;
    const int saved = errno;
    struct stat st = {};
    const bool is_socket = real::fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
    errno = saved;
    if (!is_socket) return nullptr;
    const std::lock_guard<std::mutex> guard(impl_->mutex);
    const auto found = impl_->nodes.find(st.st_ino);
    return found == impl_->nodes.end() ? nullptr : found->second;
}

// The table's lock is held.
NodeTable::Nodes NodeTable::take_closed() {
    Nodes gone;
    for (auto it = impl_->nodes.begin(); it != impl_->nodes.end();) {
        if (it->second->socket().hung_up()) {
            gone.push_back(std::move(it->second));
            it = impl_->nodes.erase(it);
        } else {
            ++it;
        }
    }
    impl_->count = impl_->nodes.size();
    return gone;
}

void NodeTable::sweep() {
    if (empty()) return;
    Nodes gone;
    {
        const std::lock_guard<std::mutex> guard(impl_->mutex);
        gone = take_closed();
    }
    // Outside the lock: closing a context waits for its running job.
    for (const auto& node : gone) node->closed();
}

int NodeTable::close(int fd) {
    Nodes gone;
    int result = 0;
    int saved = 0;
    {
        // One step: else another thread's sweep could take the node, and wait in this one's place.
        const std::lock_guard<std::mutex> guard(impl_->mutex);
        result = real::close(fd);
        saved = errno;
        gone = take_closed();
    }
    for (const auto& node : gone) node->closed();
    errno = saved;
    return result;
}

void NodeTable::restart_in_child() {
    // The nodes leak on purpose: their destructors may wait for threads that do not exist here.
    impl_ = new Impl;
}

}  // namespace vdec
