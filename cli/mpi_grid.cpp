#include "cli/mpi_grid.h"

#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#if RINGSIDE_MPI
#include <mpi.h>

#include <algorithm>
#include <list>
#include <thread>
#include <vector>
#else
#include <fmt/format.h>

#include "costmodel/base/error.h"
#endif

namespace cli {

namespace {

// The first of these variables that holds a number.
int number_in(std::initializer_list<const char*> variables, int otherwise) {
  for (const char* name : variables) {
    const char* text = std::getenv(name);
    if (text == nullptr) continue;
    const std::string_view digits(text);
    int number = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc())
      return number;
  }
  return otherwise;
}

}  // namespace

int launched_processes() {
  const int told = number_in({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 0);
  if (told > 0) return told;
  // srun --mpi=pmix starts processes without saying in MPI's words how many.
  return std::getenv("PMIX_RANK") == nullptr ? 1 : number_in({"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}, 1);
}

int launched_rank() {
  return launched_processes() > 1 ? number_in({"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"}, 0) : 0;
}

#if RINGSIDE_MPI

namespace {

using Clock = std::chrono::steady_clock;
constexpr int tag = 1;
const char* const all_leave = "all";  // the text of a note to leave: every rank does, so MPI can be ended

// Every call is made by the thread that started MPI.  Errors are left to the deadlines of who waits for an
// answer: a peer that has died is no error of ours.
class MpiRanks final : public GridRanks {
 public:
  MpiRanks() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &on_this_machine_);
    MPI_Comm_free(&machine);
    presence_.assign(static_cast<std::size_t>(size_), Presence::here);
    ending_ = rank_ == 0 ? Ending::finalize : Ending::plain_exit;
  }

  ~MpiRanks() override {
    if (ending_ == Ending::finalize && rank_ == 0) dismiss_all();
    if (ending_ == Ending::finalize) MPI_Finalize();
  }
  MpiRanks(const MpiRanks&) = delete;
  MpiRanks& operator=(const MpiRanks&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int on_this_machine() const override { return on_this_machine_; }

  void send(int to, GridNote note, const std::string& text) override {
    if (presence_[static_cast<std::size_t>(to)] == Presence::dead) return;
    Sending& sending = sent_.emplace_back();
    sending.to = to;
    sending.bytes = std::string(1, static_cast<char>(note)) + text;
    const int error = MPI_Isend(sending.bytes.data(), static_cast<int>(sending.bytes.size()), MPI_BYTE, to,
                                tag, MPI_COMM_WORLD, &sending.request);
    if (error != MPI_SUCCESS) sent_.pop_back();
    forget_sent();
  }

  std::optional<GridMessage> receive() override {
    forget_sent();
    int there = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS || there == 0)
      return {};
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (MPI_Recv(bytes.data(), size, MPI_BYTE, status.MPI_SOURCE, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE) !=
            MPI_SUCCESS ||
        bytes.empty())
      return {};
    GridMessage message{status.MPI_SOURCE, static_cast<GridNote>(bytes.front()), bytes.substr(1)};
    if (message.note == GridNote::leave && message.text == all_leave) ending_ = Ending::finalize;
    return message;
  }

  void give_up(int rank, LostRank how) override {
    presence_[static_cast<std::size_t>(rank)] = how == LostRank::dead ? Presence::dead : Presence::silent;
  }

  void abandon() override { ending_ = Ending::plain_exit; }

 private:
  enum class Presence { here, dead, silent };
  enum class Ending { finalize, plain_exit };
  struct Sending {
    int to = 0;
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  void forget_sent() {
    sent_.remove_if([](Sending& sending) {
      int done = 0;
      return MPI_Test(&sending.request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done != 0;
    });
  }

  bool lacks(Presence presence) const {
    return std::find(presence_.begin(), presence_.end(), presence) == presence_.end();
  }

  // MPI_Finalize waits for every rank: with one missing, the others leave without it.  A rank that is silent
  // but may still exist is ended by mpirun; not before, because that may end all others too.
  void dismiss_all() {
    const bool complete = lacks(Presence::dead) && lacks(Presence::silent);
    for (int rank = 1; rank < size_; ++rank) send(rank, GridNote::leave, complete ? all_leave : "some");
    if (complete) return;
    ending_ = Ending::plain_exit;
    const Clock::time_point deadline = Clock::now() + std::chrono::seconds(1);
    const auto waited_for = [this](const Sending& sending) {
      return presence_[static_cast<std::size_t>(sending.to)] == Presence::here;
    };
    while (std::any_of(sent_.begin(), sent_.end(), waited_for) && Clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      forget_sent();
    }
    // mpirun reads what was written before it hears of the end.
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (!lacks(Presence::silent)) MPI_Abort(MPI_COMM_WORLD, 3);
  }

  int rank_ = 0, size_ = 1, on_this_machine_ = 1;
  std::vector<Presence> presence_;  // by rank
  std::list<Sending> sent_;         // not yet taken
  Ending ending_ = Ending::plain_exit;
};

}  // namespace

std::shared_ptr<GridRanks> mpi_ranks() {
  if (launched_processes() <= 1) return nullptr;
  return std::make_shared<MpiRanks>();
}

#else

std::shared_ptr<GridRanks> mpi_ranks() {
  if (launched_processes() <= 1) return nullptr;
  throw costmodel::Error(
      fmt::format("this is one of {} processes, but ringside was built without MPI; expected a start without "
                  "mpirun, or a build where Open MPI is there (apt-get install openmpi-bin libopenmpi-dev)",
                  launched_processes()));
}

#endif

}  // namespace cli
