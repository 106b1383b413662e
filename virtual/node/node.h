// SPDX-License-Identifier: MIT
// Node: one open file of the virtual device, and the table that finds it by file descriptor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "host/ready_socket.h"

namespace vdec {

// Methods lock what they need themselves.
class Node {
  public:
    explicit Node(std::unique_ptr<ReadySocket> socket) : socket_(std::move(socket)) {}
    virtual ~Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    // `request` is the low 32 bits of the ioctl number. Returns >= 0, or -errno.
    virtual int ioctl(int fd, uint32_t request, void* arg) = 0;
    // Returns the memory's fd for a mapping of the file at `offset`, or -errno.
    virtual int memory_for_mmap(size_t length, int prot, int flags, off_t offset);
    // Poll bits that the socket cannot show, of those asked for; `shown` is what it does show.
    virtual short adjust_poll(short events, short shown);
    // The last file descriptor is gone. Our end of the socket goes with it, now: others may hold
    // the node for a moment more, and a client that counts its descriptors must not see that.
    virtual void closed() { socket_->hang_up(); }
    // Device number of the file; 0 for a file without one (a request).
    [[nodiscard]] virtual dev_t device_number() const = 0;

    [[nodiscard]] ReadySocket& socket() { return *socket_; }

  private:
    std::unique_ptr<ReadySocket> socket_;
};

// Thread-safe. Files are known by inode, so that dup and the like need no interposing.
class NodeTable {
  public:
    static NodeTable& instance();
    void add(std::shared_ptr<Node> node);
    // nullptr when `fd` is not a file of ours. Keeps errno.
    std::shared_ptr<Node> find(int fd);
    // Drops the nodes whose last file descriptor was closed.
    void sweep();
    // close(2) of a file of ours. What the file's driver does then, it does in this thread.
    int close(int fd);
    [[nodiscard]] bool empty() const;
    // In a forked child: the copied device is unusable; forgets it.
    void restart_in_child();

  private:
    struct Impl;
    using Nodes = std::vector<std::shared_ptr<Node>>;
    Nodes take_closed();
    NodeTable();
    Impl* impl_;
};

}  // namespace vdec
