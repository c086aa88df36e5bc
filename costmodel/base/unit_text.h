// Quantities as people write and read them: "450 GB/s", "1.5 us", "128K".
//
// Reading is strict: the unit is part of the text, a bare number is an error (tokens and plain numbers
// excepted).
//   K M G T P E    1000, 1000^2, ...; a small k is the same as K
//   Ki Mi Gi Ti    1024, 1024^2, ...
//   B, b           bytes, bits; bits only in bandwidths
//   tokens         K M G are 1024, 1024^2, 1024^3: "128K" is 131072
// A failure throws Error without a place; readers add file, line and key with Error::at.  Zero is read as
// zero: whether it makes sense is for the caller to decide.  Writing is in unit_text_format.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "costmodel/base/units.h"

namespace costmodel {

Bytes parse_bytes(std::string_view text);                // "80 GB", "64GiB"
BytesPerSecond parse_bandwidth(std::string_view text);   // "450 GB/s", "400 Gb/s", "25GBps"
FlopsPerSecond parse_flops_rate(std::string_view text);  // "312 TFLOP/s", "1 PFLOPS"
Seconds parse_seconds(std::string_view text);            // "1.5 us", "12 ms", "2 s"
std::int64_t parse_tokens(std::string_view text);        // "128K", "1M", "100000"
double parse_number(std::string_view text);              // "1.5": without dimension, not negative

// A whole number from `smallest` to `largest`; `what` names it in the message ("the number of nodes").
std::int64_t parse_count(std::string_view text, std::string_view what, std::int64_t smallest,
                         std::int64_t largest);

// For reading on a screen: three digits, trailing zeros dropped.
std::string format_bytes(Bytes bytes);                 // "31.4 GiB", "402 MiB"
std::string format_seconds(Seconds seconds);           // "412 ms", "1.24 s", "3.1 us"
std::string format_bandwidth(BytesPerSecond rate);     // "371 GB/s", always decimal GB/s
std::string format_flops_rate(FlopsPerSecond rate);    // "312 TFLOP/s"
std::string format_tokens(std::int64_t tokens);        // exact: "128K", "1.5M", "100000"
std::string format_tokens_short(std::int64_t tokens);  // rounded to three digits: "2.6M", "97.7K"
std::string format_number(double number);              // three digits

// For files: the shortest text that reads back as exactly the same value.
std::string exact_bytes(Bytes bytes);               // "80 GiB"
std::string exact_seconds(Seconds seconds);         // "11.8 us"
std::string exact_bandwidth(BytesPerSecond rate);   // "370.8 GB/s"
std::string exact_flops_rate(FlopsPerSecond rate);  // "989.4 TFLOP/s"
std::string exact_number(double number);            // "1.5"

}  // namespace costmodel
