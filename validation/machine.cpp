#include "validation/machine.h"

#include <sys/utsname.h>

#include <array>
#include <ctime>
#include <fstream>
#include <string_view>

namespace validation {

namespace {

// All of the words must be there; the first row that fits decides.
struct GpuName {
  std::string_view preset;
  std::array<std::string_view, 2> words;
};
constexpr std::array gpu_names{
    GpuName{"v100-sxm-32gb", {"V100", "32GB"}},
    GpuName{"a100-pcie-80gb", {"A100", "PCIe"}},
    GpuName{"a100-sxm-40gb", {"A100", "40GB"}},
    GpuName{"a100-sxm-80gb", {"A100", "80GB"}},
    GpuName{"a800-sxm-80gb", {"A800", "80GB"}},
    GpuName{"h100-pcie-80gb", {"H100", "PCIe"}},
    GpuName{"h100-nvl-94gb", {"H100", "NVL"}},
    GpuName{"h100-hbm2e-96gb", {"H100", "96GB"}},
    GpuName{"h100-sxm", {"H100", "HBM3"}},
    GpuName{"h800-sxm", {"H800", ""}},
    GpuName{"h200-sxm", {"H200", ""}},
    GpuName{"h20", {"H20", ""}},
    GpuName{"gb200", {"GB200", ""}},
    GpuName{"b200", {"B200", ""}},
    GpuName{"b300", {"B300", ""}},
    GpuName{"l40s", {"L40S", ""}},
    GpuName{"l20", {"L20", ""}},
    GpuName{"rtx-4090", {"RTX 4090", ""}},
    GpuName{"rtx-5090", {"RTX 5090", ""}},
};

}  // namespace

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t at = line.find(": ");
    if (at != std::string::npos) return line.substr(at + 2);
  }
  utsname system{};
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::array<char, 16> text{};
  if (::gmtime_r(&now, &utc) == nullptr || std::strftime(text.data(), text.size(), "%Y-%m-%d", &utc) == 0)
    return "";
  return text.data();
}

std::string preset_of_gpu(const std::string& name) {
  for (const GpuName& known : gpu_names)
    if (name.find(known.words[0]) != std::string::npos && name.find(known.words[1]) != std::string::npos)
      return std::string(known.preset);
  return "";
}

}  // namespace validation
