# SPDX-License-Identifier: MIT
"""Small files with the structure that packaging/firefox edits, and what they need to be compiled."""

BROKER = 'security/sandbox/linux/broker/SandboxBrokerPolicyFactory.cpp'
FILTER = 'security/sandbox/linux/SandboxFilter.cpp'

RDD_POLICY = '''\
/* static */ UniquePtr<SandboxBroker::Policy>
SandboxBrokerPolicyFactory::GetRDDPolicy(int aPid) {
  auto policy = MakeUnique<SandboxBroker::Policy>();
  AddGLDependencies(policy.get());
  // RDD
  return policy;
}

'''

FILES = {
    BROKER: '''\
#include "SandboxBrokerPolicyFactory.h"

namespace mozilla {

namespace {
static const int rdonly = SandboxBroker::MAY_READ;
static const int rdwr = rdonly | SandboxBroker::MAY_WRITE;
static const int access = SandboxBroker::MAY_ACCESS;
}  // namespace

static void AddGLDependencies(SandboxBroker::Policy* policy) {
  policy->AddPath(rdwr | access, "/dev/dri");
}

/* static */ UniquePtr<SandboxBroker::Policy>
SandboxBrokerPolicyFactory::GetContentPolicy(int aPid) {
  auto policy = MakeUnique<SandboxBroker::Policy>();
  AddGLDependencies(policy.get());
  return policy;
}

''' + RDD_POLICY + '''\
}  // namespace mozilla
''',
    FILTER: '''\
#include "SandboxFilter.h"

namespace {
static const unsigned long kIoctlTypeMask = _IOC_TYPEMASK << _IOC_TYPESHIFT;
};  // namespace

namespace mozilla {

class ContentSandboxPolicy final : public SandboxPolicyCommon {
 public:
  bool EvaluateIoctl(const Call& aCall) const override {
        Arg<unsigned long> request(aCall);
        auto shifted_type = request & kIoctlTypeMask;
        static constexpr unsigned long kDrmType =
            static_cast<unsigned long>('d') << _IOC_TYPESHIFT;
        return If(shifted_type == kDrmType, Allow())
            .Else(SandboxPolicyCommon::EvaluateIoctl(aCall));
  }
};

class RDDSandboxPolicy final : public SandboxPolicyCommon {
 public:
  bool EvaluateIoctl(const Call&) const override {
        Arg<unsigned long> request(1);
        auto shifted_type = request & kIoctlTypeMask;
        static constexpr unsigned long kDrmType =
            static_cast<unsigned long>('d') << _IOC_TYPESHIFT;
        // Graphics.
        return If(shifted_type == kDrmType, Allow())
            .Else(SandboxPolicyCommon::EvaluateIoctl(Call()));
  }
};

bool MayContent(unsigned long aRequest) {
  Call::sNumber = aRequest;
  return ContentSandboxPolicy().EvaluateIoctl(Call());
}

bool MayRDD(unsigned long aRequest) {
  Call::sNumber = aRequest;
  return RDDSandboxPolicy().EvaluateIoctl(Call());
}

}  // namespace mozilla
''',
    'stubs/SandboxBrokerPolicyFactory.h': '''\
#pragma once
#include <map>
#include <memory>
#include <string>

namespace mozilla {

template <typename T>
using UniquePtr = std::unique_ptr<T>;

template <typename T>
UniquePtr<T> MakeUnique() {
  return std::make_unique<T>();
}

struct SandboxBroker {
  enum { MAY_ACCESS = 1, MAY_READ = 2, MAY_WRITE = 4 };
  struct Policy {
    void AddPath(int aModes, const char* aPath) { mPaths[aPath] |= aModes; }
    std::map<std::string, int> mPaths;
  };
};

struct SandboxBrokerPolicyFactory {
  static UniquePtr<SandboxBroker::Policy> GetContentPolicy(int aPid);
  static UniquePtr<SandboxBroker::Policy> GetRDDPolicy(int aPid);
};

bool MayContent(unsigned long aRequest);
bool MayRDD(unsigned long aRequest);

}  // namespace mozilla
''',
    # The policy language, evaluated at once for one number.
    'stubs/SandboxFilter.h': '''\
#pragma once
#include <linux/ioctl.h>

namespace mozilla {

struct Call {
  static inline unsigned long sNumber = 0;
};

template <typename T>
struct Arg {
  explicit Arg(int) {}
  explicit Arg(const Call&) {}
  operator T() const { return Call::sNumber; }
};

inline bool Allow() { return true; }

struct Rules {
  bool mDone, mResult;
  Rules ElseIf(bool aCondition, bool aResult) const {
    return mDone ? *this : Rules{aCondition, aCondition && aResult};
  }
  bool Else(bool aResult) const { return mDone ? mResult : aResult; }
};

inline Rules If(bool aCondition, bool aResult) {
  return Rules{aCondition, aCondition && aResult};
}

struct SandboxPolicyCommon {
  virtual ~SandboxPolicyCommon() = default;
  virtual bool EvaluateIoctl(const Call&) const { return false; }
};

}  // namespace mozilla
''',
    'stubs/main.cpp': '''\
#include <linux/media.h>
#include <linux/videodev2.h>

#include <cstdio>
#include <cstring>

#include "SandboxBrokerPolicyFactory.h"

using namespace mozilla;

static void Print(const char* aName, const SandboxBroker::Policy& aPolicy) {
  for (const auto& [path, modes] : aPolicy.mPaths) {
    printf("%s %s%s %s\\n", aName, modes & SandboxBroker::MAY_READ ? "r" : "",
           modes & SandboxBroker::MAY_WRITE ? "w" : "", path.c_str());
  }
}

int main(int, char** argv) {
  if (strcmp(argv[1], "files") == 0) {
    Print("rdd", *SandboxBrokerPolicyFactory::GetRDDPolicy(1));
    Print("content", *SandboxBrokerPolicyFactory::GetContentPolicy(1));
    return 0;
  }
  int wrong = 0;
  const unsigned long allowed[] = {
      MEDIA_IOC_G_TOPOLOGY, MEDIA_IOC_REQUEST_ALLOC, MEDIA_REQUEST_IOC_QUEUE,
      MEDIA_REQUEST_IOC_REINIT, VIDIOC_QUERYCAP, VIDIOC_S_EXT_CTRLS,
      VIDIOC_QBUF, _IO('d', 0)};
  for (const unsigned long request : allowed) {
    if (!MayRDD(request)) wrong += printf("refused: %#lx\\n", request);
  }
  const unsigned long refused[] = {MEDIA_IOC_SETUP_LINK, MEDIA_IOC_ENUM_LINKS,
                                   _IO('T', 0x12), _IO('|', 0x7f), 0};
  for (const unsigned long request : refused) {
    if (MayRDD(request)) wrong += printf("let in: %#lx\\n", request);
  }
  for (const unsigned long request : allowed) {
    if (MayContent(request) != (_IOC_TYPE(request) == 'd')) {
      wrong += printf("another process: %#lx\\n", request);
    }
  }
  return wrong ? 1 : 0;
}
''',
}


def write(source):
    for name, text in FILES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
