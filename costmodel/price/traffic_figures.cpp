// Bytes sent, by link and by what they are for.
#include <map>

#include "costmodel/price/figure_maker.h"

namespace costmodel {

namespace {

constexpr std::array items{TrafficItem::attention, TrafficItem::tensor,     TrafficItem::recomputation,
                           TrafficItem::head,      TrafficItem::parameters, TrafficItem::gradients};

// Messages of one work entry in a phase: "7 x 64 MiB K,V", "448 MiB head split (all-to-all)".
std::string messages_text(const Phase& phase, const Op& op, int count) {
  if (op.kind == OpKind::exchange) {
    const Transfer& transfer = phase.transfers[static_cast<std::size_t>(op.work)];
    return std::to_string(count) + " x " + format_bytes(transfer.bytes) + " " +
           std::string(name_of(transfer.payload));
  }
  const Collective& collective = phase.collectives[static_cast<std::size_t>(op.work)];
  return format_bytes(collective.bytes * count) + " " + std::string(name_of(collective.payload)) + " (" +
         std::string(name_of(collective.kind)) + ")";
}

// What the operations of an item send in one repetition that has them.
std::string repetition_text(const Phase& phase, TrafficItem item, bool every) {
  std::map<std::pair<OpKind, std::int32_t>, int> counts;
  std::vector<const Op*> firsts;
  for (const Op& op : phase.ops) {
    if (op.kind != OpKind::exchange && op.kind != OpKind::collective) continue;
    if (traffic_item(phase, op) != item || (op.repetitions == Repetitions::all) != every) continue;
    if (counts[{op.kind, op.work}]++ == 0) firsts.push_back(&op);
  }
  // Exchanges first, as they were declared.
  std::stable_sort(firsts.begin(), firsts.end(), [](const Op* a, const Op* b) {
    return a->kind == b->kind ? a->kind == OpKind::exchange && a->work < b->work
                              : a->kind == OpKind::exchange;
  });
  std::string text;
  for (const Op* op : firsts)
    text += (text.empty() ? "" : " + ") + messages_text(phase, *op, counts[{op->kind, op->work}]);
  return text;
}

// What one rank sends for an item, phase by phase; "0" when nothing.
std::string item_expression(const Schedule& schedule, TrafficItem item) {
  std::string text;
  for (const Phase& phase : schedule.phases) {
    const int runs = schedule.runs(phase);
    for (const bool every : {true, false}) {
      std::string part = repetition_text(phase, item, every);
      if (part.empty()) continue;
      // Not in the first or not in the last repetition of each micro-batch.
      const int times = every ? runs : runs - runs / phase.repeat;
      if (times == 0) continue;
      if (times > 1) part = std::to_string(times) + " x (" + part + ")";
      text += (text.empty() ? "" : " + ") + part;
    }
  }
  return text.empty() ? "0" : text;
}

std::string transport_formula(const Plan& plan) {
  switch (plan.transport) {
    case Transport::ring:
      if (plan.forward == ForwardSide::q) return "2.8";
      return plan.double_ring() ? "2.3" : plan.backward == BackwardSide::q ? "2.2" : "2.1";
    case Transport::all_gather: return "2.5";
    case Transport::all_to_all:
    case Transport::hybrid: return "2.6";
    case Transport::none:
    case Transport::tensor: return "2.7";
  }
  return "2.1";
}

std::string formula_of(const Plan& plan, TrafficItem item) {
  switch (item) {
    case TrafficItem::attention: return transport_formula(plan);
    case TrafficItem::tensor: return "2.7";
    case TrafficItem::recomputation:
    case TrafficItem::head: return "2.12";
    case TrafficItem::parameters: return "2.9";
    case TrafficItem::gradients: return "2.10";
  }
  return "2.1";
}

}  // namespace

void add_traffic_figures(std::vector<Figure>& figures, const FigureMaker& make, const Schedule& schedule,
                         const PlanPrice& price) {
  std::array<std::string, traffic_item_count> expressions;
  std::string all;
  TrafficItem first = TrafficItem::attention;
  for (const TrafficItem item : items) {
    std::string& expression = expressions[static_cast<std::size_t>(item)];
    expression = item_expression(schedule, item);
    if (expression == "0") continue;
    if (all.empty()) first = item;
    all += (all.empty() ? "" : " + ") + expression;
  }
  if (all.empty()) all = "0";
  const auto add = [&](std::string name, Bytes bytes, const std::string& formula,
                       const std::string& expression) {
    figures.push_back(make.exact(std::move(name), bytes.value, Unit::bytes, formula, expression));
  };
  const std::string formula = formula_of(price.plan, first);
  add("traffic.per_gpu", price.traffic.per_gpu, formula, all);
  add("traffic.intra", price.traffic.scale_up, formula,
      "what the busiest GPU sends inside its node, of " + all);
  add("traffic.inter", price.traffic.scale_out, formula,
      "what the busiest GPU sends through its card, of " + all);
  for (const TrafficItem item : items)
    add("traffic.items." + std::string(name_of(item)), price.traffic.of(item), formula_of(price.plan, item),
        expressions[static_cast<std::size_t>(item)]);
}

}  // namespace costmodel
