#include "gui/document/scenario_fields.h"

#include <QCoreApplication>
#include <algorithm>

#include "costmodel/base/unit_text.h"
#include "costmodel/price/memory.h"
#include "costmodel/spec/cluster_presets.h"
#include "costmodel/spec/model_presets.h"
#include "costmodel/spec/spec_text.h"

namespace gui {

using costmodel::Scenario;

namespace {

constexpr double gib = 1073741824.0;

QString tr(const char* text) { return QCoreApplication::translate("gui", text); }

std::vector<Field> makeFields() {
  using enum FieldKind;
  using enum FieldGroup;
  return {
      {"model", tr("Model"), tr("A model preset; the numbers of your own model are set in the file."), choice,
       model, 0, 0},
      {"phase", tr("Phase"), tr("One layer's attention, or a whole pass over the model."), choice, workload,
       0, 0},
      {"sequence", tr("Sequence"), tr("Tokens of one sequence; 128K is 131,072."), tokens, workload, 4096,
       16.0 * 1048576},
      {"batch", tr("Batch"), tr("Sequences per context-parallel group and step."), count, workload, 1, 64},
      {"accumulation", tr("Micro-batches"), tr("Parts that the batch is split into; a divisor of it."), count,
       workload, 1, 64},
      {"mask", tr("Mask"), tr("causal, full or sliding:4096."), choice, workload, 0, 0},
      {"dtype", tr("Data type"), tr("Of the activations."), choice, workload, 0, 0},
      {"cluster", tr("Cluster"), tr("A node of a well-known kind with its links and cards."), choice, cluster,
       0, 0},
      {"nodes", tr("Nodes"), tr("Number of nodes."), count, cluster, 1, 128},
      {"gpus", tr("GPUs per node"), tr("How many of a node's GPUs are used."), count, cluster, 1, 8},
      {"nic_bandwidth", tr("NIC"), tr("Bandwidth that one network card reaches, per direction."), bandwidth,
       cluster, 1e9, 400e9},
      {"link_bandwidth", tr("Link in node"), tr("What one GPU sends to its peers in the node."), bandwidth,
       cluster, 1e9, 2000e9},
      {"oversubscription", tr("Oversubscription"), tr("Leaf downlinks / uplinks; 1 never blocks."), number,
       cluster, 1, 8},
      {"memory", tr("GPU memory"), tr("Usable memory of one GPU."), bytes, cluster, 16 * gib, 288 * gib},
      {"memory_reserve", tr("Keep free"), tr("Memory left to the allocator, NCCL and the device context."),
       bytes, constraints, 0.25 * gib, 32 * gib},
  };
}

const costmodel::NodeSpec& firstNode(const Scenario& scenario) {
  return scenario.cluster.groups.front().node;
}

bool anyCards(const Scenario& scenario) {
  return std::any_of(scenario.cluster.groups.begin(), scenario.cluster.groups.end(),
                     [](const costmodel::NodeGroup& group) { return group.node.scale_out.nics > 0; });
}

}  // namespace

const std::vector<Field>& scenarioFields() {
  static const std::vector<Field> fields = makeFields();
  return fields;
}

const Field* findField(const std::string& key) {
  for (const Field& field : scenarioFields())
    if (field.key == key) return &field;
  return nullptr;
}

double fieldValue(const Scenario& s, const std::string& key) {
  if (key == "sequence") return static_cast<double>(s.workload.sequence);
  if (key == "batch") return static_cast<double>(s.workload.batch);
  if (key == "accumulation") return static_cast<double>(s.workload.accumulation);
  if (key == "nodes") return s.cluster.node_count();
  if (key == "gpus") return firstNode(s).gpus;
  if (key == "nic_bandwidth") {
    for (const costmodel::NodeGroup& group : s.cluster.groups)
      if (group.node.scale_out.nics > 0) return group.node.scale_out.nic_bandwidth.value.value;
    return 0;
  }
  if (key == "link_bandwidth") return firstNode(s).scale_up.per_gpu.value.value;
  if (key == "oversubscription") return s.cluster.fabric.oversubscription.value;
  if (key == "memory") return costmodel::device_memory(s.cluster).value;
  if (key == "memory_reserve") return s.search.memory_reserve.value;
  return 0;
}

std::string fieldText(const Scenario& s, const std::string& key) {
  if (key == "model") return s.model.name;
  if (key == "cluster") return s.cluster.name;
  if (key == "phase") return std::string(costmodel::name_of(s.workload.phase));
  if (key == "mask") return costmodel::mask_text(s.workload.mask);
  if (key == "dtype") return std::string(costmodel::name_of(s.workload.dtype));
  const Field* field = findField(key);
  const double value = fieldValue(s, key);
  switch (field == nullptr ? FieldKind::choice : field->kind) {
    case FieldKind::tokens: return costmodel::format_tokens(static_cast<std::int64_t>(value));
    case FieldKind::count: return std::to_string(static_cast<std::int64_t>(value));
    case FieldKind::bytes: return costmodel::exact_bytes(costmodel::Bytes(value));
    case FieldKind::bandwidth: return costmodel::exact_bandwidth(costmodel::BytesPerSecond(value));
    case FieldKind::number: return costmodel::exact_number(value);
    case FieldKind::choice: break;
  }
  return "";
}

std::vector<std::string> fieldChoices(const Scenario& scenario, const std::string& key) {
  std::vector<std::string> choices;
  if (key == "model") choices = costmodel::model_preset_names();
  if (key == "cluster") choices = costmodel::cluster_preset_names();
  if (key == "phase") choices = {"training_step", "prefill", "forward_backward", "forward", "backward"};
  if (key == "mask") choices = {"causal", "full", "sliding:4K"};
  if (key == "dtype") choices = {"bf16", "fp16", "fp32"};
  const std::string present = fieldText(scenario, key);
  if (!choices.empty() && std::find(choices.begin(), choices.end(), present) == choices.end())
    choices.insert(choices.begin(), present);
  return choices;
}

QString fieldObjection(const Scenario& s, const std::string& key) {
  if (key == "nodes" && !s.cluster.uniform())
    return tr("The nodes differ: their counts are set in the file, in each [[cluster.group]].");
  if (key == "nic_bandwidth" && !anyCards(s)) return tr("The nodes have no network cards.");
  if ((key == "nic_bandwidth" || key == "oversubscription") && s.cluster.node_count() == 1)
    return tr("With one node nothing crosses the network.");
  if (key == "link_bandwidth" && firstNode(s).gpus == 1) return tr("With one GPU per node there is no link.");
  if (key == "accumulation" && s.workload.phase != costmodel::WorkPhase::training_step)
    return tr("Micro-batches belong to a training step.");
  return {};
}

}  // namespace gui
