// What a rank recorded as bytes, to be sent to the rank that reports.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "validation/executor.h"

namespace validation {

std::vector<std::byte> bytes_of(const RankRecord& record);
// Throws std::logic_error when the bytes are not those of a record.
RankRecord record_from(std::span<const std::byte> bytes);

}  // namespace validation
