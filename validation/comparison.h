// Predicted against measured: time by kind of operation and in total, bytes, memory.
//
// The time of a kind is the sum over its operations on the rank where that is longest, from when an
// operation's lane was free and all it waits for had finished until it had finished itself; so an exchange
// includes waiting for the other rank.  Measured: the median over repetitions.
#pragma once

#include <string_view>
#include <vector>

#include "costmodel/price/plan_price.h"
#include "validation/executor.h"
#include "validation/median.h"

namespace validation {

enum class OpClass : std::uint8_t {
  attention_forward,
  attention_backward,
  elementwise,
  exchange,
  collective,
};
constexpr int op_class_count = 5;
std::string_view name_of(OpClass op_class);
OpClass class_of(const costmodel::Op& op);

struct ComparedTime {
  costmodel::Seconds predicted, low, high;  // with its 90 % interval
  Measured measured;
  double processor = 0;  // seconds on a core, of the rank that computes most: other programs are not in it
  double hidden = 0;     // seconds of the measured that ran beside computing on the same rank; of messages

  // (predicted - measured) / measured.
  double error() const;
  bool inside() const { return low.value <= measured.median && measured.median <= high.value; }
};

struct ComparedClass {
  OpClass op_class = OpClass::attention_forward;
  ComparedTime time;
};

struct Comparison {
  std::vector<ComparedClass> classes;  // those that occur
  ComparedTime total;
  int repetitions = 0;
  // Of the rank that sends most, one repetition.
  double bytes_predicted = 0;
  std::int64_t bytes_sent = 0;
  bool every_operation_sent_its_bytes = true;
  // Of the rank that holds most.
  costmodel::Bytes memory_predicted;
  std::int64_t memory_measured = 0;
  std::int64_t scratch = 0;  // of kernels and messages, beside the buffers of the schedule

  bool bytes_equal() const {
    return every_operation_sent_its_bytes && static_cast<double>(bytes_sent) == bytes_predicted;
  }
};

// What a rank sends, by the cost model, in the phases that are reported: those of the workload.
Comparison compare(costmodel::Pricer& pricer, const costmodel::Plan& plan,
                   const costmodel::Schedule& schedule, const std::vector<RankRecord>& ranks);

}  // namespace validation
