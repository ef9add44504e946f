// A backend in a shared library of its own: found, tried in a process that may die, loaded. Nothing that such a library does while
// it is tried ends this process or holds it longer than the time given.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "../backend.h"

namespace headscope {

// Where libheadscope_<name>.so is looked for, first to last: in `folder` (the addon's own) and in the build folder beside it.
// `asked` (of the environment; may be nullptr or empty) names one file and then nothing else is tried.
std::vector<std::string> backend_places(const std::string& name, const std::string& folder, const char* asked);

struct FoundBackend {
  std::string name;         // "cuda"
  std::string path;         // of the library; empty where there is none
  std::string description;  // "NVIDIA H200, sm_90, 139.8 GiB" as far as it is known, else the name
  std::string reason;       // why it is not usable, a sentence; empty if it is
  int32_t score = 0;        // above 0: usable; below: it found no device of its kind
  uint32_t trusted = 0;     // for its entry (hs_backend_probe)
};

inline constexpr std::chrono::seconds kProbeTime{20};

// Tries the first library of `places` that exists, by running `prober` (the program of native/probe) on it. Never throws for what
// the library does.
FoundBackend find_backend(const std::string& name, const std::vector<std::string>& places, const std::string& prober,
                          std::chrono::milliseconds time = kProbeTime);

// The one with the highest score; nullptr where none is usable.
const FoundBackend* best_backend(const std::vector<FoundBackend>& found);

// Loads a library that was found usable into this process, for good. Throws BACKEND_UNAVAILABLE.
const headscope_backend_v1& load_backend(const FoundBackend& found);

// Names of the functions that a backend must have and `table` has not, separated by commas; empty if it is whole.
std::string missing_functions(const headscope_backend_v1& table);

// Why a table cannot be used by this program (its version, or what is missing); empty if it can.
std::string table_fault(const headscope_backend_v1* table);

}  // namespace headscope
