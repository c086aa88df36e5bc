#include "validation/record_exchange.h"

#include <span>
#include <utility>

#include "validation/record_bytes.h"

namespace validation {

namespace {

// First the size, then the bytes; the root sends nothing back.
constexpr int size_tag = 1, bytes_tag = 2;

void send_to_root(kernels::Communicator& world, std::span<const std::byte> bytes) {
  const std::uint64_t size = bytes.size();
  world.exchange({std::as_bytes(std::span(&size, 1)), 0, {}, 0, size_tag});
  world.exchange({bytes, 0, {}, 0, bytes_tag});
}

std::vector<std::byte> received_from(kernels::Communicator& world, int rank) {
  std::uint64_t size = 0;
  world.exchange({{}, rank, std::as_writable_bytes(std::span(&size, 1)), rank, size_tag});
  std::vector<std::byte> bytes(size);
  world.exchange({{}, rank, bytes, rank, bytes_tag});
  return bytes;
}

}  // namespace

std::vector<RankRecord> gather_records(kernels::Communicator& world, RankRecord mine) {
  if (world.rank() != 0) {
    send_to_root(world, bytes_of(mine));
    return {};
  }
  std::vector<RankRecord> records;
  records.push_back(std::move(mine));
  for (int rank = 1; rank < world.size(); ++rank) records.push_back(record_from(received_from(world, rank)));
  return records;
}

}  // namespace validation
