// `ringside reproduce` and `ringside calibrate` as a user meets them.
#include <nlohmann/json.hpp>

#include "costmodel/price/calibration_file.h"
#include "tests/catch.h"
#include "tests/cli/program.h"

using Json = nlohmann::json;

namespace {

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("ringside_reproduce_" + std::to_string(::getpid()) + name);
}

// The header and the rows of the table whose id is in the list.
std::filesystem::path part_of(const std::string& table, const std::vector<std::string>& ids) {
  std::istringstream lines(
      program::read(std::string(RINGSIDE_SOURCE_DIR) + "/validation/published/" + table));
  std::string line, text;
  std::getline(lines, text);
  text += "\n";
  while (std::getline(lines, line))
    for (const std::string& id : ids)
      if (line.starts_with(id + ",")) text += line + "\n";
  const std::filesystem::path path = scratch(".csv");
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST_CASE("reproduce: JSON has every row with prediction, interval and error, and the summaries") {
  const cli::Output output = program::run_line("reproduce validation/published/open.csv --json");
  REQUIRE(output.exit == cli::ExitCode::answered);
  const Json json = Json::parse(output.text);
  CHECK(json["schema"] == "ringside/reproduce/1");
  REQUIRE(json["rows"].size() == 79);
  for (const Json& row : json["rows"]) {
    INFO(row.dump());
    const double predicted = row["predicted"], measured = row["measured"];
    CHECK(row["error"].get<double>() == Approx(predicted / measured - 1));
    CHECK(row["inside"] == (row["low"].get<double>() <= measured && measured <= row["high"].get<double>()));
    CHECK(row["skipped"].is_null());
  }
  int of_sources = 0;
  for (const Json& source : json["sources"]) of_sources += source["rows"].get<int>();
  CHECK(of_sources == 79);
  CHECK(json["groups"].back()["group"] == "all");
  CHECK(json["winners"].size() >= 10);
}

TEST_CASE("reproduce: rows that cannot be predicted are named with the reason, not dropped") {
  const std::filesystem::path path = part_of("open.csv", {"P0074", "P0075"});
  std::string text = program::read(path);
  text.replace(text.find("h800"), 4, "h999");
  std::ofstream(path) << text;
  const cli::Output output = program::run({"reproduce", path.string()});
  CHECK(output.exit == cli::ExitCode::answered);
  CHECK(output.text.find("P0074 (ring-flash-attention, line 2): no preset for the GPU \"h999\"") !=
        std::string::npos);
  const Json json = Json::parse(program::run({"reproduce", path.string(), "--json"}).text);
  CHECK(json["rows"][0]["skipped"] == "no preset for the GPU \"h999\"");
  CHECK(json["rows"][0]["predicted"].is_null());
  CHECK(json["rows"][1]["skipped"].is_null());
  std::filesystem::remove(path);
}

TEST_CASE("reproduce: mistakes in the table are bad input with their place, and nothing is written") {
  const std::filesystem::path path = part_of("open.csv", {"P0074"}), csv = scratch("_out.csv");
  std::string text = program::read(path);
  text.replace(text.find("contiguous"), 10, "contigious");
  std::ofstream(path) << text;
  const cli::Output output = program::run({"reproduce", path.string(), "--csv", csv.string()});
  CHECK(output.exit == cli::ExitCode::bad_input);
  CHECK(output.message.find(path.string() + ":2:") == 0);
  CHECK(output.message.find("did you mean \"contiguous\"?") != std::string::npos);
  CHECK(!std::filesystem::exists(csv));
  CHECK(program::run_line("reproduce no-such-file.csv").exit == cli::ExitCode::bad_input);
  std::filesystem::remove(path);
}

TEST_CASE("reproduce: whatever a row says, it is listed, and the others are predicted") {
  const std::filesystem::path path = part_of("open.csv", {"P0074"});
  std::istringstream lines(program::read(path));
  std::string header, good;
  std::getline(lines, header);
  std::getline(lines, good);
  // A cell of the good row by the name of its column, with another value.
  const auto with = [&](const std::string& id, const std::string& column, const std::string& value) {
    const auto cells_of = [](const std::string& line) {
      std::vector<std::string> cells;
      std::istringstream text(line);
      for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
      return cells;
    };
    const std::vector<std::string> names = cells_of(header);
    std::vector<std::string> cells = cells_of(good);
    cells.resize(names.size());
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (names[c] == "id") cells[c] = id;
      if (names[c] == column) cells[c] = value;
    }
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) line += (c == 0 ? "" : ",") + cells[c];
    return line + "\r\n";  // as Windows ends its lines
  };
  const std::vector<std::vector<std::string>> hostile{
      {"value", "0", "value: is \"0\"; expected a number above 0"},
      {"value", "nan", "value: "},
      {"value", "-3", "value: cannot read \"-3\": it must not be negative"},
      {"value", "1e999", "value: "},
      {"value", "", "value: is empty; expected a value"},
      {"gpu", "tpu-v5p", "no preset for the GPU \"tpu-v5p\""},
      {"transport", "tree", "transport: "},
      {"layout", "spiral", "layout: "},
      {"sequence", "99999999999999999999", "sequence: "},
      {"sequence", "65537", "do not divide"},
      {"heads", "7", "kv_heads: "},
      {"ring", "4", "gpus_per_node: 8 GPUs are used, the degrees make 4"},
      {"nodes", "1000000000", "nodes: "},
      {"intra_gbps", "1e-300", ""},
      {"phase", "sleeping", "phase: "},
      {"mask", "packed:1+2", "mask: the documents of a packing have 3 tokens"},
      {"metric", "joules", "metric: "},
      {"dtype", "int4", "dtype: "}};
  std::string table = header + "\r\n" + with("good", "", "");
  for (std::size_t i = 0; i < hostile.size(); ++i)
    table += with("H" + std::to_string(i), hostile[i][0], hostile[i][1]);
  table += with("good", "", "");  // twice
  std::ofstream(path, std::ios::binary) << table;
  const cli::Output output = program::run({"reproduce", path.string(), "--json"});
  INFO(output.message);
  REQUIRE(output.exit == cli::ExitCode::answered);
  const Json rows = Json::parse(output.text).at("rows");
  REQUIRE(rows.size() == hostile.size() + 2);
  CHECK(rows.front().at("predicted").get<double>() > 0);
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    INFO(rows[i + 1].dump());
    CHECK(rows[i + 1].at("id") == "H" + std::to_string(i));
    if (hostile[i][2].empty()) continue;
    REQUIRE(rows[i + 1].at("skipped").is_string());
    CHECK(rows[i + 1].at("skipped").get<std::string>().find(hostile[i][2]) != std::string::npos);
    CHECK(rows[i + 1].at("predicted").is_null());
  }
  CHECK(rows.back().at("skipped") == "id: the id \"good\" is in line 2 too");
  const cli::Output text = program::run({"reproduce", path.string()});
  CHECK(text.exit == cli::ExitCode::answered);
  for (std::size_t i = 0; i < hostile.size(); ++i)
    CHECK(text.text.find("H" + std::to_string(i) + " ") != std::string::npos);
  // A fit takes no such table: what it left out would not be seen in its constants.
  CHECK(program::run({"calibrate", "--from", path.string()}).exit == cli::ExitCode::bad_input);
  std::filesystem::remove(path);
}

TEST_CASE("reproduce: the CSV has one line per row") {
  const std::filesystem::path csv = scratch("_rows.csv");
  CHECK(program::run({"reproduce", "validation/published/calibration.csv", "--csv", csv.string()}).exit ==
        cli::ExitCode::answered);
  const std::string text = program::read(csv);
  CHECK(std::count(text.begin(), text.end(), '\n') == 57);
  CHECK(text.starts_with("id,source,group,metric,measured,predicted,low,high,error,inside,fits,skipped\n"));
  std::filesystem::remove(csv);
}

#if RINGSIDE_SIMULATOR
TEST_CASE("reproduce: the simulator agrees where nothing contends") {
  const std::filesystem::path path = part_of("open.csv", {"P0074", "P0075", "P0203"});
  const program::ShellResult simulated =
      program::shell("$R reproduce '" + path.string() + "' --simulate --json");
  REQUIRE(simulated.exit == 0);
  const Json one = Json::parse(simulated.out);
  const Json two = Json::parse(program::run({"reproduce", path.string(), "--json"}).text);
  CHECK(one["engine"] == "the simulator");
  REQUIRE(one["rows"].size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(one["rows"][i]["predicted"].get<double>() ==
          Approx(two["rows"][i]["predicted"].get<double>()).epsilon(0.02));
  std::filesystem::remove(path);
}
#endif

TEST_CASE("calibrate: writes a file that reads back, and says what it rests on") {
  const std::filesystem::path path =
      part_of("calibration.csv", {"P0069", "P0071", "P0073", "P0101", "P0103"});
  const std::filesystem::path file = scratch(".toml");
  const cli::Output output =
      program::run({"calibrate", "--from", path.string(), "-o", file.string(), "--json"});
  REQUIRE(output.exit == cli::ExitCode::answered);
  const Json json = Json::parse(output.text);
  CHECK(json["mean_after"].get<double>() <= json["mean_before"].get<double>());
  CHECK(json["rows"].size() == 5);
  bool found = false;
  for (const Json& constant : json["constants"])
    if (constant["name"] == "h800: forward_peak_fraction") {
      found = true;
      CHECK(constant["from_rows"].get<double>() > 0.5);
    }
  CHECK(found);
  const costmodel::CalibrationSet set = costmodel::read_calibrations(file.string());
  CHECK(set.of("h800-sxm").forward.peak_fraction.provenance == costmodel::Provenance::published);
  // And the rows are predicted by what was written.
  const Json again =
      Json::parse(program::run({"reproduce", path.string(), "--calibration", file.string(), "--json"}).text);
  CHECK(again["calibration"]["name"] == file.string());
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(again["rows"][i]["error"].get<double>() ==
          Approx(json["rows"][i]["after"].get<double>()).margin(1e-9));
  std::filesystem::remove(path);
  std::filesystem::remove(file);
}
