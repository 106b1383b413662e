// SPDX-License-Identifier: MIT
// The module's one exported symbol.
#include "va/entry.h"

// libva looks for its own minor version first and then for every lower one: 1_0 fits all of
// VA-API 1.
extern "C" __attribute__((visibility("default"))) VAStatus __vaDriverInit_1_0(
    VADriverContextP context) {
    return v4l2va::initialize(context, {});
}
