// What one lane of a rank sends: passes everything on to the rank's communicator and counts the bytes that go
// to other ranks.
#pragma once

#include "kernels/communicator.h"

namespace validation {

class LaneCommunicator : public kernels::Communicator {
 public:
  explicit LaneCommunicator(kernels::Communicator& rank) : rank_(rank) {}

  std::int64_t sent() const { return sent_; }

  int rank() const override { return rank_.rank(); }
  int size() const override { return rank_.size(); }
  void set_deadline(std::chrono::milliseconds deadline) override { rank_.set_deadline(deadline); }
  std::unique_ptr<kernels::PendingExchange> start_exchange(const kernels::Exchange& exchange) override {
    if (exchange.to != rank()) sent_ += static_cast<std::int64_t>(exchange.send.size());
    return rank_.start_exchange(exchange);
  }
  void all_gather(std::span<const std::byte> send, std::span<std::byte> receive) override {
    sent_ += static_cast<std::int64_t>(send.size()) * (size() - 1);
    rank_.all_gather(send, receive);
  }
  void all_to_all(std::span<const std::byte> send, std::span<std::byte> receive) override {
    sent_ += others(send.size());
    rank_.all_to_all(send, receive);
  }
  void reduce_scatter(std::span<const float> send, std::span<float> receive) override {
    sent_ += others(send.size_bytes());
    rank_.reduce_scatter(send, receive);
  }
  void reduce_scatter(std::span<const kernels::Bf16> send, std::span<kernels::Bf16> receive) override {
    sent_ += others(send.size_bytes());
    rank_.reduce_scatter(send, receive);
  }
  void barrier() override { rank_.barrier(); }
  void abort(const std::string& reason) override { rank_.abort(reason); }

 private:
  // All but the own part of equal parts.
  std::int64_t others(std::size_t all) const {
    return static_cast<std::int64_t>(all) - static_cast<std::int64_t>(all) / size();
  }

  kernels::Communicator& rank_;
  std::int64_t sent_ = 0;
};

}  // namespace validation
