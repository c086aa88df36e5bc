#include "costmodel/spec/device_presets.h"

namespace costmodel {

namespace {

constexpr Provenance datasheet = Provenance::datasheet;
constexpr Provenance published = Provenance::published;
constexpr Provenance assumed = Provenance::assumed;

struct Row {
  const char* name;
  int multiprocessors;
  double tensor_tflops;  // dense bf16, or fp16 where there is no bf16
  double fp8_tflops;     // dense; 0: none
  double vector_tflops;  // fp32
  double memory_gib;     // a vendor's GB of device memory is a GiB: 81,920 MiB on an 80 GB card
  double memory_tb_s;
  Provenance provenance;
  const char* source;
};

// clang-format off
constexpr Row rows[] = {
  // name             SMs  bf16    fp8     fp32   GiB  TB/s
  {"v100-sxm-32gb",    80,  125,      0,   15.7,  32, 0.9,   datasheet, "vendor data sheet; fp16, no bf16"},
  {"a100-sxm-40gb",   108,  312,      0,   19.5,  40, 1.555, datasheet, "vendor data sheet"},
  {"a100-sxm-80gb",   108,  312,      0,   19.5,  80, 2.039, datasheet, "vendor data sheet"},
  {"a100-pcie-80gb",  108,  312,      0,   19.5,  80, 1.935, datasheet, "vendor data sheet"},
  {"a800-sxm-80gb",   108,  312,      0,   19.5,  80, 2.039, datasheet, "vendor data sheet; A100 with 8 of 12 NVLinks"},
  {"h100-sxm",        132,  989.4, 1978.9, 66.9,  80, 3.35,  datasheet, "vendor data sheet, half of the sparse figures"},
  {"h100-hbm2e-96gb", 132,  800,   1600,   66.9,  96, 2.4,   published, "Yang et al. 2024 (arXiv 2411.01783): 500 W part, utilisation against 800 TFLOP/s"},
  {"h100-pcie-80gb",  114,  756.5, 1513,   51.2,  80, 2.0,   datasheet, "vendor data sheet"},
  {"h100-nvl-94gb",   132,  835,   1671,   60,    94, 3.9,   datasheet, "vendor data sheet, half of the sparse figures"},
  {"h800-sxm",        132,  989.4, 1978.9, 66.9,  80, 3.35,  datasheet, "vendor data sheet; H100 with 8 of 18 NVLinks"},
  {"h200-sxm",        132,  989.4, 1978.9, 66.9, 141, 4.8,   datasheet, "vendor data sheet"},
  {"h20",              78,  148,    296,   44,    96, 4.0,   datasheet, "vendor data sheet as quoted in public comparisons"},
  {"b200",            148, 2250,   4500,   80,   180, 8.0,   datasheet, "vendor data sheet; 192 GB fitted, about 180 usable"},
  {"gb200",           152, 2500,   5000,   90,   186, 8.0,   datasheet, "vendor data sheet; multiprocessor count and usable memory not verified"},
  {"b300",            148, 2250,   4500,   75,   270, 8.0,   datasheet, "vendor data sheet; 288 GB fitted, about 270 usable"},
  {"l40s",            142,  362,    733,   91.6,  48, 0.864, datasheet, "vendor data sheet"},
  {"l20",              92,  119.5,  239,   59.8,  48, 0.864, datasheet, "vendor data sheet as quoted in public comparisons"},
  {"rtx-4090",        128,  165.2,  330.3, 82.6,  24, 1.008, datasheet, "vendor data sheet, fp32 accumulation"},
  {"rtx-5090",        170,  209.5,  419,  104.8,  32, 1.792, datasheet, "vendor data sheet, fp32 accumulation"},
  {"mi250x-gcd",      110,  191.5,    0,   23.95, 64, 1.64,  datasheet, "vendor data sheet; one of the two logical GPUs of a module"},
  {"mi300x",          304, 1307.4, 2614.9, 163.4, 192, 5.3,  datasheet, "vendor data sheet"},
  {"mi325x",          304, 1307.4, 2614.9, 163.4, 256, 6.0,  datasheet, "vendor data sheet"},
  {"mi355x",          256, 2516.6, 5033.2, 157.3, 288, 8.0,  datasheet, "vendor data sheet"},
  {"ascend-910b3",     20,  313,      0,   75,    64, 1.6,   assumed,   "public figures disagree: 256 to 414 TFLOP/s, 0.4 to 1.6 TB/s"},
  {"ascend-910b4",     20,  280,      0,   75,    32, 0.8,   assumed,   "one public figure for a 910B without a grade"},
  {"cpu-core",          1,   0.1,     0,    0.1,   4, 0.015, assumed,   "one core with AVX2 at 3 GHz: 16 fp32 multiply-adds a cycle; its share of the memory"},
  {"ascend-910c",      40,  752,      0,  150,   128, 3.2,   assumed,   "public figures disagree: 752 or 800 TFLOP/s"},
};
// clang-format on

DeviceSpec built(const Row& row) {
  const auto sourced = [&row](auto value) { return Sourced(value, row.provenance, row.source); };
  DeviceSpec device;
  device.name = row.name;
  device.multiprocessors = sourced(row.multiprocessors);
  device.tensor_rate = sourced(FlopsPerSecond(row.tensor_tflops * 1e12));
  device.fp8_rate = sourced(FlopsPerSecond(row.fp8_tflops * 1e12));
  device.vector_rate = sourced(FlopsPerSecond(row.vector_tflops * 1e12));
  device.memory = sourced(Bytes(row.memory_gib * 1073741824.0));
  device.memory_bandwidth = sourced(BytesPerSecond(row.memory_tb_s * 1e12));
  return device;
}

}  // namespace

const std::vector<DeviceSpec>& device_presets() {
  static const std::vector<DeviceSpec> devices = [] {
    std::vector<DeviceSpec> list;
    for (const Row& row : rows) list.push_back(built(row));
    return list;
  }();
  return devices;
}

const DeviceSpec* find_device_preset(std::string_view name) {
  for (const DeviceSpec& device : device_presets())
    if (device.name == name) return &device;
  return nullptr;
}

std::vector<std::string> device_preset_names() {
  std::vector<std::string> names;
  for (const DeviceSpec& device : device_presets()) names.push_back(device.name);
  return names;
}

}  // namespace costmodel
