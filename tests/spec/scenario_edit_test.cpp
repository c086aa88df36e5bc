#include "costmodel/spec/scenario_edit.h"

#include <string>

#include "costmodel/base/error.h"
#include "costmodel/spec/scenario_override.h"
#include "costmodel/spec/scenario_writer.h"
#include "tests/catch.h"

using costmodel::edited_document;
using costmodel::parse_document;
using costmodel::ScenarioDocument;

namespace {

const std::string written =
    "# ours\n[model]\npreset = \"llama-7b\"  # the small one\n\n[cluster]\npreset = \"dgx-h100\"\nnodes = 4\n"
    "\n[workload]\nsequence = \"512K\" # tokens\nmask = \"causal\"\n";

ScenarioDocument document(const std::string& text = written) { return parse_document(text, "s.toml", ""); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("an edit changes one value and leaves the rest of the file alone") {
  CHECK(edited_document(document(), "sequence", "1M").text == replaced(written, "512K", "1M"));
  CHECK(edited_document(document(), "nodes", "16").text == replaced(written, "nodes = 4", "nodes = 16"));
  CHECK(edited_document(document(), "model", "llama-13b").text == replaced(written, "llama-7b", "llama-13b"));
}

TEST_CASE("an edit adds a value that the file leaves to a preset") {
  CHECK(edited_document(document(), "nic_bandwidth", "25 GB/s").text ==
        replaced(written, "nodes = 4\n", "nodes = 4\nnic_bandwidth = \"25 GB/s\"\n"));
  CHECK(edited_document(document(), "memory_reserve", "4 GiB").text ==
        written + "\n[search]\nmemory_reserve = \"4 GiB\"\n");
  CHECK(edited_document(document(), "memory", "96 GiB").text ==
        written + "\n[cluster.device]\nmemory = \"96 GiB\"\n");
}

TEST_CASE("an edited text reads as the edited scenario, whatever the key") {
  const std::pair<const char*, const char*> edits[] = {{"model", "llama-3-8b"},
                                                       {"cluster", "dgx-a100-80gb"},
                                                       {"nodes", "2"},
                                                       {"gpus", "4"},
                                                       {"sequence", "100000"},
                                                       {"batch", "3"},
                                                       {"mask", "full"},
                                                       {"dtype", "fp32"},
                                                       {"phase", "training_step"},
                                                       {"nic_bandwidth", "1 GB/s"},
                                                       {"memory", "40 GiB"},
                                                       {"memory_reserve", "0 B"},
                                                       {"link_bandwidth", "100 GB/s"},
                                                       {"oversubscription", "2"}};
  for (const auto& [key, value] : edits) {
    costmodel::Scenario expected = document().scenario;
    costmodel::apply_override(expected, key, value);
    const ScenarioDocument edited = edited_document(document(), key, value);
    INFO(key);
    CHECK(costmodel::scenario_text(edited.scenario) == costmodel::scenario_text(expected));
    CHECK(costmodel::scenario_text(document(edited.text).scenario) == costmodel::scenario_text(expected));
  }
}

TEST_CASE("what cannot be changed in place is written anew and still reads the same") {
  // The group's preset has the cards, [cluster] may not.
  const std::string groups =
      "[model]\npreset = \"llama-7b\"\n[cluster]\n[[cluster.group]]\ncount = 2\npreset = \"dgx-h100\"\n"
      "[workload]\nsequence = \"64K\"\n";
  const ScenarioDocument edited = edited_document(document(groups), "nic_bandwidth", "9 GB/s");
  CHECK(edited.text == costmodel::scenario_text(edited.scenario));
  CHECK(edited.scenario.cluster.groups.front().node.scale_out.nic_bandwidth.value.value == 9e9);
}

TEST_CASE("Windows line ends survive an edit") {
  std::string windows;
  for (const char c : written) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(edited_document(document(windows), "sequence", "1M").text == replaced(windows, "512K", "1M"));
  CHECK(edited_document(document(windows), "nic_bandwidth", "25 GB/s").text ==
        replaced(windows, "nodes = 4\r\n", "nodes = 4\r\nnic_bandwidth = \"25 GB/s\"\r\n"));
}

TEST_CASE("a bad value is an error and changes nothing") {
  const ScenarioDocument before = document();
  CHECK_THROWS_AS(edited_document(before, "sequence", "many"), costmodel::Error);
  CHECK(before.text == written);
}
