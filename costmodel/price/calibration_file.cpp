#include "costmodel/price/calibration_file.h"

#include <fmt/format.h>

#include <array>

#include "costmodel/base/enum_text.h"
#include "costmodel/base/text_file.h"
#include "costmodel/base/toml_document.h"
#include "costmodel/base/unit_text.h"
#include "costmodel/price/calibration_keys.h"
#include "costmodel/spec/sourced_reader.h"

namespace costmodel {

namespace {

constexpr std::string_view expected_file = "a calibration file (TOML) with a section [[device]]";
constexpr const char* schema = "ringside/calibration/1";

constexpr std::array merge_styles{
    EnumName<MergeStyle>{MergeStyle::carried, "carried"},
    EnumName<MergeStyle>{MergeStyle::inside, "inside"},
    EnumName<MergeStyle>{MergeStyle::separate, "separate"},
};
MergeStyle parse_merge_style(std::string_view text) { return enum_value(text, merge_styles); }

double parse_in(ConstantUnit unit, std::string_view text) {
  switch (unit) {
    case ConstantUnit::none: return parse_number(text);
    case ConstantUnit::seconds: return parse_seconds(text).value;
    case ConstantUnit::bytes_per_second: return parse_bandwidth(text).value;
  }
  return 0;
}

std::string example_of(ConstantUnit unit) {
  switch (unit) {
    case ConstantUnit::none: return "0.7";
    case ConstantUnit::seconds: return "\"8 us\"";
    case ConstantUnit::bytes_per_second: return "\"20 GB/s\"";
  }
  return "";
}

std::string text_in(ConstantUnit unit, double number) {
  switch (unit) {
    case ConstantUnit::none: return exact_number(number);
    case ConstantUnit::seconds: return toml_text(exact_seconds(Seconds(number)));
    case ConstantUnit::bytes_per_second: return toml_text(exact_bandwidth(BytesPerSecond(number)));
  }
  return "";
}

void read_constant(TomlSection& section, const std::string& key, ConstantUnit unit, double smallest,
                   double largest, const ConstantView& to) {
  Sourced<double> constant;
  if (!read_sourced(
          section, key, [unit](std::string_view text) { return parse_in(unit, text); }, example_of(unit),
          constant))
    section.missing(key, key + " = " + example_of(unit));
  if (!(constant.value >= smallest && constant.value <= largest))
    section.fail(key,
                 fmt::format("is {}; expected {} to {} in base units", constant.value, smallest, largest));
  *to.number = constant.value;
  *to.provenance = constant.provenance;
  *to.source = constant.source;
}

MeasuredOn read_measured(TomlSection& section) {
  MeasuredOn on;
  on.date = section.text("date", "\"2026-03-01\"").value_or("");
  on.machine = section.text("machine", "\"AMD EPYC 9654\"").value_or("");
  on.backend = section.text("backend", "\"cpu\"").value_or("");
  constexpr std::int64_t most = 1'000'000;
  on.cores = static_cast<int>(section.count("cores", 1, most, 8).value_or(0));
  on.ranks = static_cast<int>(section.count("ranks", 1, most, 8).value_or(0));
  on.samples = static_cast<int>(section.count("samples", 1, most, 20).value_or(0));
  on.spread = section.parsed("spread", parse_number, "0.01").value_or(0);
  section.finish();
  return on;
}

std::string measured_text(const MeasuredOn& on) {
  std::string text = "[device.measured]\n";
  for (const auto& [key, words] :
       {std::pair{"date", &on.date}, std::pair{"machine", &on.machine}, std::pair{"backend", &on.backend}})
    if (!words->empty()) text += fmt::format("{} = {}\n", key, toml_text(*words));
  for (const auto& [key, count] :
       {std::pair{"cores", on.cores}, std::pair{"ranks", on.ranks}, std::pair{"samples", on.samples}})
    if (count > 0) text += fmt::format("{} = {}\n", key, count);
  return text + fmt::format("spread = {}\n", exact_number(on.spread));
}

Calibration read_device(TomlSection section) {
  Calibration c;
  const auto device = section.text("name", "\"a100-sxm-80gb\"");
  if (!device) section.missing("name", "the name of the GPU, such as name = \"a100-sxm-80gb\"");
  c.device = *device;
  c.name = section.text("calibration", "\"a100 fitted\"").value_or(c.device);
  c.method = section.text("method", "\"fitted to published rows\"").value_or("");
  const auto style = section.parsed("merge_style", parse_merge_style, "\"separate\"");
  if (!style) section.missing("merge_style", "merge_style = \"separate\"");
  c.merge_style = *style;
  for (AttentionRate* rate : {&c.forward, &c.backward}) {
    const std::string prefix = rate == &c.forward ? "forward_" : "backward_";
    for (const auto& [key, field] :
         {std::pair{"tile_rows", &rate->tile_rows}, std::pair{"tile_columns", &rate->tile_columns}})
      if (const auto rows = section.count(prefix + key, 1, 65536, 128)) *field = static_cast<int>(*rows);
  }
  for (const CalibrationKey& key : calibration_keys())
    if (key.presence == Presence::always || section.has(std::string(key.name)))
      read_constant(section, std::string(key.name), key.unit, key.smallest, key.largest, key.view(c));
  for (const ResidualKey& key : residual_keys()) {
    const std::string name(key.name);
    const auto residual = section.parsed(name, parse_number, "0.05");
    if (!residual) section.missing(name, name + " = 0.05");
    if (*residual > 10) section.fail(name, "is above 10; expected a share, such as 0.05");
    key.of(c) = *residual;
  }
  if (auto measured = section.section("measured")) c.measured = read_measured(*measured);
  section.finish();
  return c;
}

ConstantView view(Sourced<double>& constant) {
  return {&constant.value, &constant.provenance, &constant.source};
}

std::string constant_text(std::string_view key, ConstantUnit unit, const ConstantView& constant) {
  return fmt::format("{} = {{ value = {}, provenance = {}, source = {} }}\n", key,
                     text_in(unit, *constant.number), toml_text(name_of(*constant.provenance)),
                     toml_text(*constant.source));
}

}  // namespace

CalibrationSet parse_calibrations(std::string_view toml, const std::string& file) {
  const TomlValue document = parse_toml(toml, file, expected_file);
  TomlSection top(document, "", file);
  const auto stated = top.text("schema", toml_text(schema));
  if (!stated) top.missing("schema", "schema = " + toml_text(schema));
  if (*stated != schema) top.fail("schema", "is " + toml_text(*stated) + "; expected " + toml_text(schema));
  CalibrationSet set;
  set.name = file;
  set.staged = {{1.0, Provenance::assumed, ""}, {1.0, Provenance::assumed, ""}};
  if (auto link = top.section("staged_link")) {
    read_constant(*link, "exchange", ConstantUnit::none, 0.1, 10, view(set.staged.exchange));
    read_constant(*link, "collective", ConstantUnit::none, 0.1, 10, view(set.staged.collective));
    link->finish();
  }
  for (const TomlSection& section : top.sections("device")) {
    Calibration c = read_device(section);
    if (set.find(c.device) != nullptr) section.fail("name", "is there twice; expected every device once");
    set.devices.push_back(std::move(c));
  }
  top.finish();
  if (set.devices.empty()) top.missing("device", "a section [[device]] with name = \"a100-sxm-80gb\"");
  return set;
}

CalibrationSet read_calibrations(const std::string& path) {
  return parse_calibrations(read_text_file(path, expected_file), path);
}

std::string calibration_text(const CalibrationSet& set, const std::string& head) {
  std::string text;
  for (std::size_t begin = 0; begin < head.size();) {
    const std::size_t end = std::min(head.find('\n', begin), head.size());
    const std::string line = head.substr(begin, end - begin);
    text += line.empty() ? "#\n" : "# " + line + "\n";
    begin = end + 1;
  }
  text += fmt::format("schema = {}\n\n[staged_link]\n", toml_text(schema));
  StagedLink staged = set.staged;
  text += constant_text("exchange", ConstantUnit::none, view(staged.exchange));
  text += constant_text("collective", ConstantUnit::none, view(staged.collective));
  for (Calibration c : set.devices) {
    text += fmt::format("\n[[device]]\nname = {}\ncalibration = {}\nmethod = {}\nmerge_style = {}\n",
                        toml_text(c.device), toml_text(c.name), toml_text(c.method),
                        toml_text(enum_name(c.merge_style, merge_styles)));
    for (const auto& [prefix, rate] : {std::pair{"forward", &c.forward}, std::pair{"backward", &c.backward}})
      text += fmt::format("{0}_tile_rows = {1}\n{0}_tile_columns = {2}\n", prefix, rate->tile_rows,
                          rate->tile_columns);
    for (const CalibrationKey& key : calibration_keys())
      if (key.presence == Presence::always || *key.view(c).number != 0)
        text += constant_text(key.name, key.unit, key.view(c));
    for (const ResidualKey& key : residual_keys())
      text += fmt::format("{} = {}\n", key.name, exact_number(key.of(c)));
    if (c.measured) text += measured_text(*c.measured);
  }
  return text;
}

}  // namespace costmodel
