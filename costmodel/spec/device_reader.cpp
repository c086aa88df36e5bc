#include "costmodel/spec/device_reader.h"

#include "costmodel/base/unit_text.h"
#include "costmodel/spec/device_presets.h"
#include "costmodel/spec/sourced_reader.h"
#include "costmodel/spec/spec_limits.h"

namespace costmodel {

namespace {

int parse_multiprocessors(std::string_view text) {
  return static_cast<int>(parse_count(text, "the number of multiprocessors", 1, 100'000));
}

DeviceSpec preset_of(std::string_view name) { return device_preset(std::string(name)); }

}  // namespace

const DeviceSpec& device_preset(const std::string& name) {
  if (const DeviceSpec* device = find_device_preset(name)) return *device;
  throw Error(unknown_preset("device", name, device_preset_names()));
}

std::optional<DeviceSpec> read_device(TomlSection& node, const DeviceSpec* before) {
  const TomlValue* value = node.find("device");
  if (value == nullptr) return std::nullopt;
  if (value->kind != TomlKind::table) return node.parsed("device", preset_of, "\"h100-sxm\"");

  TomlSection table = *node.section("device");
  const auto preset = table.parsed("preset", preset_of, "\"h100-sxm\"");
  const bool spelled_out = !preset && before == nullptr;
  DeviceSpec device = preset ? *preset : before != nullptr ? *before : DeviceSpec{};
  if (const auto name = table.text("name", "\"my-gpu\"")) device.name = *name;
  const bool multiprocessors =
      read_sourced(table, "multiprocessors", parse_multiprocessors, "108", device.multiprocessors);
  const bool rate =
      read_sourced(table, "tensor_rate", parse_flops_rate, "\"312 TFLOP/s\"", device.tensor_rate);
  const bool fp8 = read_sourced(table, "fp8_rate", parse_flops_rate, "\"1979 TFLOP/s\"", device.fp8_rate);
  const bool vector =
      read_sourced(table, "vector_rate", parse_flops_rate, "\"19.5 TFLOP/s\"", device.vector_rate);
  const bool memory = read_sourced(table, "memory", parse_bytes, "\"80 GiB\"", device.memory);
  const bool bandwidth =
      read_sourced(table, "memory_bandwidth", parse_bandwidth, "\"2 TB/s\"", device.memory_bandwidth);
  if (spelled_out) {
    if (!multiprocessors) table.missing("multiprocessors", "multiprocessors = 108, or preset = \"h100-sxm\"");
    if (!rate) table.missing("tensor_rate", "the dense bf16 rate, such as tensor_rate = \"312 TFLOP/s\"");
    if (!memory) table.missing("memory", "memory = \"80 GiB\"");
    if (!bandwidth) table.missing("memory_bandwidth", "memory_bandwidth = \"2 TB/s\"");
    if (!fp8) device.fp8_rate = {FlopsPerSecond(0), Provenance::assumed, "not stated: none"};
    if (!vector)
      device.vector_rate = {device.tensor_rate.value / 16, Provenance::assumed,
                            "one sixteenth of the matrix rate"};
    if (device.name.empty()) device.name = "device";
  }
  table.finish();
  return device;
}

}  // namespace costmodel
