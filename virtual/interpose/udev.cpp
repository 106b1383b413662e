// SPDX-License-Identifier: MIT
// A libudev that knows the machine's device files only; libgudev and others find it first.
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "interpose/interpose.h"
#include "machines/machine.h"

// Lists are chains of static lifetime or owned by the object they were taken from.
struct udev_list_entry {
    std::string name;
    std::string value;
    udev_list_entry* next;
};

struct udev {
    int references;
    void* userdata;
};

struct udev_device {
    int references;
    udev* context;
    const char* subsystem;
    std::string sysname;
    std::string devnode;
    std::string syspath;
    std::string devtype;
    std::string name;  // of a video node
    dev_t number;
    udev_list_entry properties[5];
    std::unique_ptr<udev_device> parent;
};

struct udev_enumerate {
    int references;
    udev* context;
    std::set<std::string> subsystems;
    std::set<std::string> excluded;
    std::string sysname_pattern;
    std::vector<udev_list_entry> entries;
};

struct udev_monitor {
    int references;
    udev* context;
    int pipe_fds[2];
};

namespace {

// The chip that the device file is on: what every client finds when it goes up.
std::unique_ptr<udev_device> make_parent(udev* context, const vdec::DeviceFile& file) {
    auto parent = std::make_unique<udev_device>();
    parent->references = 1;
    parent->context = context;
    parent->subsystem = "platform";
    parent->sysname = file.parent.substr(file.parent.rfind('/') + 1);
    parent->syspath = file.parent;
    parent->properties[0] = {"SUBSYSTEM", "platform", nullptr};
    return parent;
}

udev_device* make_device(udev* context, const vdec::DeviceFile& file) {
    const std::string devnode = "/dev/" + file.name;
    const char* devtype = file.kind == vdec::DeviceFile::Kind::drm ? "drm_minor" : "";
    auto* device = new udev_device{1,
                                   context,
                                   file.subsystem.c_str(),
                                   file.base(),
                                   devnode,
                                   file.sys_path,
                                   devtype,
                                   file.label,
                                   file.number,
                                   {},
                                   make_parent(context, file)};
    udev_list_entry* list = device->properties;
    list[0] = {"DEVNAME", devnode, &list[1]};
    list[1] = {"SUBSYSTEM", file.subsystem, &list[2]};
    list[2] = {"MAJOR", std::to_string(major(file.number)), &list[3]};
    list[3] = {"MINOR", std::to_string(minor(file.number)), &list[4]};
    list[4] = {"DEVTYPE", devtype, nullptr};
    return device;
}

template <typename Predicate>
udev_device* find_device(udev* context, Predicate matches) {
    for (const vdec::DeviceFile& file : vdec::device_files()) {
        if (matches(file)) return make_device(context, file);
    }
    errno = ENOENT;
    return nullptr;
}

}  // namespace

VDEC_EXPORT udev* udev_new() { return new udev{1, nullptr}; }

VDEC_EXPORT udev* udev_ref(udev* context) {
    ++context->references;
    return context;
}

VDEC_EXPORT udev* udev_unref(udev* context) {
    if (context != nullptr && --context->references == 0) delete context;
    return nullptr;
}

VDEC_EXPORT void* udev_get_userdata(udev* context) { return context->userdata; }

VDEC_EXPORT void udev_set_userdata(udev* context, void* userdata) { context->userdata = userdata; }

// libudev itself takes these and does nothing.
VDEC_EXPORT void udev_set_log_fn(udev*, void (*)()) {}
VDEC_EXPORT void udev_set_log_priority(udev*, int) {}
VDEC_EXPORT int udev_get_log_priority(udev*) { return 0; }

VDEC_EXPORT udev_list_entry* udev_list_entry_get_next(udev_list_entry* entry) {
    return entry != nullptr ? entry->next : nullptr;
}

VDEC_EXPORT const char* udev_list_entry_get_name(udev_list_entry* entry) {
    return entry != nullptr ? entry->name.c_str() : nullptr;
}

VDEC_EXPORT const char* udev_list_entry_get_value(udev_list_entry* entry) {
    return entry != nullptr ? entry->value.c_str() : nullptr;
}

VDEC_EXPORT udev_list_entry* udev_list_entry_get_by_name(udev_list_entry* entry, const char* name) {
    while (entry != nullptr && entry->name != name) entry = entry->next;
    return entry;
}

VDEC_EXPORT udev_device* udev_device_new_from_syspath(udev* context, const char* path) {
    return find_device(context,
                       [path](const vdec::DeviceFile& file) { return file.sys_path == path; });
}

VDEC_EXPORT udev_device* udev_device_new_from_devnum(udev* context, char type, dev_t number) {
    return find_device(context, [type, number](const vdec::DeviceFile& file) {
        return type == 'c' && file.number == number;
    });
}

VDEC_EXPORT udev_device* udev_device_new_from_subsystem_sysname(udev* context,
                                                                const char* subsystem,
                                                                const char* sysname) {
    return find_device(context, [subsystem, sysname](const vdec::DeviceFile& file) {
        return file.subsystem == subsystem && file.base() == sysname;
    });
}

// ID is c<major>:<minor>, or +<subsystem>:<sysname>.
VDEC_EXPORT udev_device* udev_device_new_from_device_id(udev* context, const char* id) {
    return find_device(context, [id](const vdec::DeviceFile& file) {
        return id == "c" + std::to_string(major(file.number)) + ":" +
                         std::to_string(minor(file.number)) ||
               id == "+" + file.subsystem + ":" + file.base();
    });
}

// Of a program that udev started: none is.
VDEC_EXPORT udev_device* udev_device_new_from_environment(udev*) {
    errno = ENOENT;
    return nullptr;
}

VDEC_EXPORT udev* udev_device_get_udev(udev_device* device) { return device->context; }

VDEC_EXPORT udev_device* udev_device_ref(udev_device* device) {
    ++device->references;
    return device;
}

VDEC_EXPORT udev_device* udev_device_unref(udev_device* device) {
    if (device != nullptr && --device->references == 0) delete device;
    return nullptr;
}

VDEC_EXPORT const char* udev_device_get_devnode(udev_device* device) {
    return device->devnode.empty() ? nullptr : device->devnode.c_str();
}

VDEC_EXPORT const char* udev_device_get_subsystem(udev_device* device) { return device->subsystem; }

VDEC_EXPORT const char* udev_device_get_sysname(udev_device* device) {
    return device->sysname.c_str();
}

VDEC_EXPORT const char* udev_device_get_sysnum(udev_device* device) {
    const size_t digits = device->sysname.find_first_of("0123456789");
    return digits == std::string::npos ? nullptr : device->sysname.c_str() + digits;
}

VDEC_EXPORT const char* udev_device_get_syspath(udev_device* device) {
    return device->syspath.c_str();
}

VDEC_EXPORT const char* udev_device_get_devpath(udev_device* device) {
    return device->syspath.c_str() + std::strlen("/sys");
}

VDEC_EXPORT const char* udev_device_get_devtype(udev_device* device) {
    return device->devtype.empty() ? nullptr : device->devtype.c_str();
}

VDEC_EXPORT dev_t udev_device_get_devnum(udev_device* device) { return device->number; }

VDEC_EXPORT const char* udev_device_get_driver(udev_device*) { return nullptr; }

VDEC_EXPORT const char* udev_device_get_action(udev_device*) { return nullptr; }

VDEC_EXPORT unsigned long long udev_device_get_seqnum(udev_device*) { return 0; }

VDEC_EXPORT int udev_device_get_is_initialized(udev_device*) { return 1; }

VDEC_EXPORT unsigned long long udev_device_get_usec_since_initialized(udev_device*) { return 1; }

// Owned by the device that it is asked of.
VDEC_EXPORT udev_device* udev_device_get_parent(udev_device* device) {
    return device != nullptr ? device->parent.get() : nullptr;
}

VDEC_EXPORT udev_device* udev_device_get_parent_with_subsystem_devtype(udev_device* device,
                                                                       const char* subsystem,
                                                                       const char* devtype) {
    udev_device* parent = udev_device_get_parent(device);
    const bool matches =
        parent != nullptr && devtype == nullptr && std::strcmp(parent->subsystem, subsystem) == 0;
    return matches ? parent : nullptr;
}

VDEC_EXPORT udev_list_entry* udev_device_get_properties_list_entry(udev_device* device) {
    return device->properties;
}

VDEC_EXPORT udev_list_entry* udev_device_get_devlinks_list_entry(udev_device*) { return nullptr; }

VDEC_EXPORT udev_list_entry* udev_device_get_tags_list_entry(udev_device*) { return nullptr; }

VDEC_EXPORT udev_list_entry* udev_device_get_current_tags_list_entry(udev_device*) {
    return nullptr;
}

VDEC_EXPORT int udev_device_has_tag(udev_device*, const char*) { return 0; }

VDEC_EXPORT int udev_device_has_current_tag(udev_device*, const char*) { return 0; }

VDEC_EXPORT udev_list_entry* udev_device_get_sysattr_list_entry(udev_device*) { return nullptr; }

VDEC_EXPORT const char* udev_device_get_property_value(udev_device* device, const char* key) {
    const udev_list_entry* found = udev_list_entry_get_by_name(device->properties, key);
    return found != nullptr && !found->value.empty() ? found->value.c_str() : nullptr;
}

VDEC_EXPORT const char* udev_device_get_sysattr_value(udev_device* device, const char* name) {
    if (std::strcmp(name, "name") != 0 || std::strcmp(device->subsystem, "video4linux") != 0) {
        return nullptr;
    }
    return device->name.c_str();
}

VDEC_EXPORT int udev_device_set_sysattr_value(udev_device*, const char*, const char*) {
    return -EACCES;
}

VDEC_EXPORT udev_enumerate* udev_enumerate_new(udev* context) {
    return new udev_enumerate{1, context, {}, {}, "", {}};
}

VDEC_EXPORT udev_enumerate* udev_enumerate_ref(udev_enumerate* enumerate) {
    ++enumerate->references;
    return enumerate;
}

VDEC_EXPORT udev_enumerate* udev_enumerate_unref(udev_enumerate* enumerate) {
    if (enumerate != nullptr && --enumerate->references == 0) delete enumerate;
    return nullptr;
}

VDEC_EXPORT udev* udev_enumerate_get_udev(udev_enumerate* enumerate) { return enumerate->context; }

VDEC_EXPORT int udev_enumerate_add_match_subsystem(udev_enumerate* enumerate, const char* name) {
    enumerate->subsystems.insert(name);
    return 0;
}

VDEC_EXPORT int udev_enumerate_add_nomatch_subsystem(udev_enumerate* enumerate, const char* name) {
    enumerate->excluded.insert(name);
    return 0;
}

VDEC_EXPORT int udev_enumerate_add_match_sysname(udev_enumerate* enumerate, const char* pattern) {
    enumerate->sysname_pattern = pattern;
    return 0;
}

VDEC_EXPORT int udev_enumerate_add_match_is_initialized(udev_enumerate*) { return 0; }

VDEC_EXPORT int udev_enumerate_add_match_property(udev_enumerate*, const char*, const char*) {
    return 0;
}

VDEC_EXPORT int udev_enumerate_add_match_sysattr(udev_enumerate*, const char*, const char*) {
    return 0;
}

VDEC_EXPORT int udev_enumerate_add_nomatch_sysattr(udev_enumerate*, const char*, const char*) {
    return 0;
}

VDEC_EXPORT int udev_enumerate_add_match_tag(udev_enumerate*, const char*) { return 0; }

VDEC_EXPORT int udev_enumerate_add_match_parent(udev_enumerate*, udev_device*) { return 0; }

VDEC_EXPORT int udev_enumerate_add_syspath(udev_enumerate*, const char*) { return 0; }

VDEC_EXPORT int udev_enumerate_scan_devices(udev_enumerate* enumerate) {
    enumerate->entries.clear();
    for (const vdec::DeviceFile& file : vdec::device_files()) {
        const bool wanted =
            (enumerate->subsystems.empty() || enumerate->subsystems.contains(file.subsystem)) &&
            !enumerate->excluded.contains(file.subsystem) &&
            (enumerate->sysname_pattern.empty() ||
             fnmatch(enumerate->sysname_pattern.c_str(), file.base().c_str(), 0) == 0);
        if (wanted) enumerate->entries.push_back({file.sys_path, "", nullptr});
    }
    for (size_t i = 0; i + 1 < enumerate->entries.size(); ++i) {
        enumerate->entries[i].next = &enumerate->entries[i + 1];
    }
    return 0;
}

// Of the subsystems themselves, as there are below /sys: no client asks for them.
VDEC_EXPORT int udev_enumerate_scan_subsystems(udev_enumerate* enumerate) {
    enumerate->entries.clear();
    return 0;
}

VDEC_EXPORT udev_list_entry* udev_enumerate_get_list_entry(udev_enumerate* enumerate) {
    return enumerate->entries.empty() ? nullptr : enumerate->entries.data();
}

VDEC_EXPORT udev_monitor* udev_monitor_new_from_netlink(udev* context, const char*) {
    auto* monitor = new udev_monitor{1, context, {-1, -1}};
    // Nothing is ever written: no device comes or goes.
    if (pipe2(monitor->pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0) return monitor;
    delete monitor;
    return nullptr;
}

VDEC_EXPORT udev_monitor* udev_monitor_ref(udev_monitor* monitor) {
    ++monitor->references;
    return monitor;
}

VDEC_EXPORT udev_monitor* udev_monitor_unref(udev_monitor* monitor) {
    if (monitor == nullptr || --monitor->references > 0) return nullptr;
    close(monitor->pipe_fds[0]);
    close(monitor->pipe_fds[1]);
    delete monitor;
    return nullptr;
}

VDEC_EXPORT int udev_monitor_enable_receiving(udev_monitor*) { return 0; }

VDEC_EXPORT int udev_monitor_get_fd(udev_monitor* monitor) { return monitor->pipe_fds[0]; }

VDEC_EXPORT udev_device* udev_monitor_receive_device(udev_monitor*) { return nullptr; }

VDEC_EXPORT int udev_monitor_filter_add_match_subsystem_devtype(udev_monitor*, const char*,
                                                                const char*) {
    return 0;
}

VDEC_EXPORT int udev_monitor_filter_add_match_tag(udev_monitor*, const char*) { return 0; }

VDEC_EXPORT int udev_monitor_filter_update(udev_monitor*) { return 0; }

VDEC_EXPORT int udev_monitor_filter_remove(udev_monitor*) { return 0; }

VDEC_EXPORT int udev_monitor_set_receive_buffer_size(udev_monitor*, int) { return 0; }

VDEC_EXPORT udev* udev_monitor_get_udev(udev_monitor* monitor) { return monitor->context; }
