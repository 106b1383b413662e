// SPDX-License-Identifier: MIT
// VaDisplay: libva's display on a DRM node, with what libva and the driver say of it.
#pragma once

#include <va/va.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "info/report.h"
#include "v4l2/system.h"

namespace v4l2va::info {

// Where libva looks for modules, separated by colons: LIBVA_DRIVERS_PATH, else what its libva.pc
// said when this program was built.
[[nodiscard]] std::string module_directories();

// This driver's module there, "" when it is in none of them.
[[nodiscard]] std::string find_module(const std::string& directories);

// Whether `path`, links followed, is it.
[[nodiscard]] bool is_this_module(const std::string& path, const std::string& directories);

// LIBVA_DRIVER_NAME, "" when it is not set.
[[nodiscard]] std::string driver_name_of_environment();

// One display, initialised. Messages are kept, nothing is printed.
class VaDisplay {
  public:
    // How it went. `display` is null when it failed: `report.error` says why. `driver_failed`: not
    // at the node, but when libva was to load and start a driver.
    struct Opened {
        VaDisplayReport report;
        bool driver_failed = false;
        std::unique_ptr<VaDisplay> display;
    };
    // `driver_name`: as LIBVA_DRIVER_NAME would be; null leaves it to libva. The report has no
    // profiles yet.
    [[nodiscard]] static Opened open(System& system, const std::string& node,
                                     const char* driver_name);

    ~VaDisplay();
    VaDisplay(const VaDisplay&) = delete;
    VaDisplay& operator=(const VaDisplay&) = delete;

    [[nodiscard]] VADisplay handle() const { return display_; }
    // All with an entrypoint.
    [[nodiscard]] std::vector<VaProfileReport> profiles() const;
    // Errors that came since the last call, one line each.
    [[nodiscard]] std::vector<std::string> take_errors();

  private:
    explicit VaDisplay(UniqueFd fd);
    static void on_error(void* user, const char* message);
    static void on_info(void* user, const char* message);

    UniqueFd fd_;
    VADisplay display_ = nullptr;
    std::string tried_;  // the module of libva's latest "Trying to open"
    std::vector<std::string> errors_;
};

// One report a DRM node, as programs find it. Where libva does not find this driver under the
// node's name, it is asked for by name, too (`only_by_name`).
[[nodiscard]] std::vector<VaDisplayReport> examine_displays(System& system,
                                                            const std::vector<DrmReport>& nodes);

}  // namespace v4l2va::info
