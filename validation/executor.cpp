#include "validation/executor.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "kernels/tensor_copy.h"
#include "kernels/tensor_memory.h"
#include "validation/lane_communicator.h"
#include "validation/rank_phase.h"

namespace validation {

using costmodel::lane_count;
using costmodel::Op;
using costmodel::OpId;
using costmodel::OpKind;
using costmodel::Phase;
using costmodel::Rank;
using costmodel::ResolvedOp;
using costmodel::Schedule;

namespace {

void fill_place(const Problem& problem, const TensorPlace& place, std::span<std::byte> buffer) {
  const kernels::TensorView view = kernels::packed_view(buffer.data() + place.offset, place.element,
                                                        place.batch, place.rows, place.heads, place.dim);
  std::vector<float> numbers(static_cast<std::size_t>(place.dim));
  for (std::int64_t b = 0; b < place.batch; ++b)
    for (std::int64_t row = 0; row < place.rows; ++row) {
      const std::int64_t token = token_of(place.tokens, place.first_row + row);
      for (std::int64_t h = 0; h < place.heads; ++h) {
        for (std::size_t d = 0; d < numbers.size(); ++d)
          numbers[d] =
              problem.number(place.tensor, b, token, place.first_head + h, static_cast<std::int64_t>(d));
        write_row(numbers.data(), view, b, row, h);
      }
    }
}

std::size_t size_of(const costmodel::Buffer& buffer) { return static_cast<std::size_t>(buffer.bytes.value); }

// What the phase is given: inputs of the problem.
Contents inputs_of(const Schedule& schedule, const Phase& phase, Rank rank, const Problem& problem) {
  Contents contents;
  for (const TensorPlace& place : input_places(schedule, phase, rank, problem)) {
    const costmodel::Buffer& buffer = phase.buffers[place.buffer.at()];
    std::vector<std::byte>& bytes = contents[std::string(buffer.name)];
    // What no place fills must not look like a number.
    if (bytes.empty()) bytes.assign(size_of(buffer), std::byte{0xff});
    fill_place(problem, place, bytes);
  }
  return contents;
}

void check_schedule(const Schedule& schedule, const kernels::Communicator& communicator) {
  if (schedule.world_size() != communicator.size())
    throw std::logic_error("run_rank: the schedule is for " + std::to_string(schedule.world_size()) +
                           " ranks, the communicator has " + std::to_string(communicator.size()));
  const costmodel::RankGrid& grid = schedule.grid;
  const std::int64_t parts = std::int64_t{grid.ring()} * grid.ulysses * grid.tensor;
  if (schedule.sequence % parts != 0 ||
      schedule.tokens(0).size() * grid.ring() != schedule.sequence)  // a zigzag of halves
    throw std::logic_error("run_rank: " + std::to_string(schedule.sequence) +
                           " tokens do not divide among the ranks; a plan must pass reject() first");
  for (const Phase& phase : schedule.phases)
    for (const Op& op : phase.ops)
      if (op.kind == OpKind::gemm || op.kind == OpKind::host)
        throw std::logic_error("run_rank: phase " + std::string(phase.name) +
                               " is not one of the attention operator");
  if (schedule.phases.empty() || schedule.phases.front().direction != costmodel::Direction::forward)
    throw std::logic_error("run_rank: the first phase must be a forward one");
}

// One rank through all repetitions of all phases.
class RankRun {
 public:
  RankRun(const Schedule& schedule, const Problem& problem, const RankEnds& ends, const RunOptions& options)
      : schedule_(schedule),
        problem_(problem),
        ends_(ends),
        options_(options),
        rank_(ends.all.rank()),
        pool_(ends.memory, static_cast<std::int64_t>(options.memory_limit.value)),
        kernel_scratch_(ends.memory),
        message_scratch_(ends.memory),
        loader_(ends.memory.new_work()) {
    for (auto& work : works_) work = ends.memory.new_work();
    for (const Phase& phase : schedule.phases) {
      first_tags_.push_back(group_tags_);
      group_tags_ += static_cast<int>(phase.ops.size());
      inputs_.push_back(inputs_of(schedule, phase, rank_, problem));
    }
    record_.phases.resize(schedule.phases.size());
  }

  RankRecord run() {
    for (int r = 0; r < options_.warm_up + options_.repetitions; ++r)
      for (std::size_t p = 0; p < schedule_.phases.size(); ++p) run_phase(p, r);
    record_.peak = pool_.peak();
    record_.scratch = kernel_scratch_.bytes() + message_scratch_.bytes();
    return std::move(record_);
  }

 private:
  void run_phase(std::size_t number, int repetition) {
    const Phase& phase = schedule_.phases[number];
    PhaseRecord& record = record_.phases[number];
    Contents& given = inputs_[number];
    const Fresh fresh = repetition == 0 ? options_.fresh : Fresh::as_is;
    std::vector<costmodel::BufferId> results;
    for (const TensorPlace& place : result_places(schedule_, phase, rank_, problem_))
      results.push_back(place.buffer);
    PhaseBuffers buffers(phase, pool_, *loader_, given, results, fresh);
    std::array<std::optional<LaneCommunicator>, lane_count> lanes;
    for (std::size_t lane = 0; lane < lanes.size(); ++lane)
      lanes[lane].emplace(ends_.of_lane(static_cast<costmodel::Lane>(lane)));
    std::vector<std::int64_t> sent(phase.ops.size(), 0);
    const auto execute = [&](OpId id) -> std::optional<double> {
      const Op& op = phase.ops[id.at()];
      if (options_.before_operation) options_.before_operation(rank_, phase, id);
      LaneCommunicator& lane = *lanes.at(static_cast<std::size_t>(op.lane));
      kernels::TensorWork& work = *works_.at(static_cast<std::size_t>(op.lane));
      work.enter();
      const std::int64_t before = lane.sent();
      buffers.begin(op);
      const RankPhase rank{schedule_,
                           phase,
                           rank_,
                           problem_,
                           buffers,
                           work,
                           kernel_scratch_,
                           message_scratch_,
                           *options_.backend,
                           options_.step,
                           first_tags_[number],
                           group_tags_};
      // Operations that wait for other ranks are timed by the program's clock, which waits with them.
      const bool computes = op.lane == costmodel::Lane::compute;
      if (computes) work.start_clock();
      execute_op(rank, schedule_.resolve(phase, id, rank_), lane);
      std::optional<double> taken;
      if (computes)
        taken = work.stop_clock();
      else
        work.wait();
      buffers.end(op);
      sent[id.at()] = lane.sent() - before;
      return taken;
    };
    LaneRun run = run_lanes(
        phase, execute, [&] { ends_.all.barrier(); },
        [&](const std::string& reason) { ends_.all.abort(reason); });
    if (repetition >= options_.warm_up) {
      record.repetitions.push_back(std::move(run));
      record.sent = std::move(sent);
    }
    hand_over(number, buffers);
    if (repetition + 1 == options_.warm_up + options_.repetitions) keep_results(number, buffers);
  }

  static void execute_op(const RankPhase& rank, const ResolvedOp& op, kernels::Communicator& lane) {
    switch (op.op->kind) {
      case OpKind::attention: run_attention(rank, op); return;
      case OpKind::elementwise: run_elementwise(rank, op); return;
      case OpKind::exchange: run_exchange(rank, op, lane); return;
      case OpKind::collective: run_collective(rank, op, lane); return;
      case OpKind::gemm:
      case OpKind::host: throw std::logic_error("run_rank: an operation that check_schedule refuses");
    }
  }

  // What the next phase reads of this one.
  void hand_over(std::size_t number, const PhaseBuffers& buffers) {
    if (number + 1 == schedule_.phases.size()) return;
    const Phase& next = schedule_.phases[number + 1];
    for (const std::string_view name : left_for_backward) {
      if (find_buffer(next, name).value < 0) continue;
      const std::span<std::byte> bytes = buffers.bytes(name);
      std::vector<std::byte>& input = inputs_[number + 1][std::string(name)];
      input.resize(bytes.size());
      read_out(bytes, input);
    }
  }

  void keep_results(std::size_t number, const PhaseBuffers& buffers) {
    std::vector<std::byte>& results = record_.phases[number].results;
    for (const TensorPlace& place : result_places(schedule_, schedule_.phases[number], rank_, problem_)) {
      const std::span<std::byte> bytes =
          buffers.bytes(place.buffer)
              .subspan(static_cast<std::size_t>(place.offset), static_cast<std::size_t>(place.bytes()));
      results.resize(results.size() + bytes.size());
      read_out(bytes, std::span(results).last(bytes.size()));
    }
  }

  void read_out(std::span<const std::byte> from, std::span<std::byte> to) {
    loader_->enter();
    loader_->read_out(from, to);
  }

  const Schedule& schedule_;
  const Problem& problem_;
  const RankEnds& ends_;
  const RunOptions& options_;
  Rank rank_;
  MemoryPool pool_;
  Scratch kernel_scratch_, message_scratch_;
  std::unique_ptr<kernels::TensorWork> loader_;
  std::array<std::unique_ptr<kernels::TensorWork>, lane_count> works_;
  std::vector<int> first_tags_;
  int group_tags_ = 0;
  std::vector<Contents> inputs_;
  RankRecord record_;
};

}  // namespace

RankRecord run_rank(const Schedule& schedule, const Problem& problem, const RankEnds& ends,
                    const RunOptions& options) {
  check_schedule(schedule, ends.all);
  try {
    return RankRun(schedule, problem, ends, options).run();
  } catch (const kernels::CommunicatorError&) {
    throw;  // every rank has it already
  } catch (const std::exception& error) {
    ends.all.abort(error.what());
    throw;
  }
}

RankRecord run_rank(const Schedule& schedule, const Problem& problem, kernels::Communicator& communicator,
                    const RunOptions& options) {
  const std::unique_ptr<kernels::TensorMemory> memory = kernels::host_tensor_memory();
  return run_rank(schedule, problem,
                  RankEnds{communicator,
                           [&](costmodel::Lane) -> kernels::Communicator& { return communicator; }, *memory},
                  options);
}

}  // namespace validation
