// SPDX-License-Identifier: MIT
// A library that is loaded on first use, whose symbols the client does not see.
#pragma once

namespace vdec {

// It is never unloaded: decoders keep functions of it.
class SharedLibrary {
  public:
    // `name` must outlive the object.
    explicit SharedLibrary(const char* name);

    // False when the library could not be loaded or lacks the symbol.
    template <typename Function>
    bool load(const char* symbol, Function& function) const {
        function = reinterpret_cast<Function>(find(symbol));
        return function != nullptr;
    }
    // One line on stderr.
    void report_failure() const;

  private:
    [[nodiscard]] void* find(const char* symbol) const;

    const char* name_;
    void* handle_;
};

}  // namespace vdec
