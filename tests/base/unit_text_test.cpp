#include "costmodel/base/unit_text.h"

#include <cmath>
#include <random>

#include "costmodel/base/error.h"
#include "costmodel/base/in_quotes.h"
#include "tests/catch.h"

using namespace costmodel;
using namespace costmodel::literals;

namespace {

template <class Parse>
std::string message_of(Parse parse, std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// A positive number spread evenly over the decades of [smallest, largest].
double log_uniform(std::mt19937& random, double smallest, double largest) {
  std::uniform_real_distribution<double> exponent(std::log(smallest), std::log(largest));
  return std::exp(exponent(random));
}

}  // namespace

TEST_CASE("decimal prefixes are 1000, Ki is 1024, b is bits") {
  CHECK(parse_bytes("80 GB") == 80_GB);
  CHECK(parse_bytes("64GiB") == 64_GiB);
  CHECK(parse_bytes("1.5 kB").value == 1500);
  CHECK(parse_bytes("  2 TiB ").value == 2 * 1099511627776.0);
  CHECK(parse_bandwidth("450 GB/s") == 450_GBps);
  CHECK(parse_bandwidth("400 Gb/s") == 50_GBps);
  CHECK(parse_bandwidth("400Gbps") == 50_GBps);
  CHECK(parse_bandwidth("25GBps") == 25_GBps);
  CHECK(parse_bandwidth("100 Gbit/s").value == 12.5e9);
  CHECK(parse_flops_rate("312 TFLOP/s") == 312_TFLOPps);
  CHECK(parse_flops_rate("1 PFLOPS") == 1000_TFLOPps);
  CHECK(parse_seconds("1.5 us") == 1.5_us);
  CHECK(parse_seconds("1.5 \u00B5s") == 1.5_us);
  CHECK(parse_seconds("12 ms").value == 12 * 1e-3);
  CHECK(parse_seconds("2 s") == 2.0_s);
}

TEST_CASE("token counts use 1024") {
  CHECK(parse_tokens("128K") == 131072);
  CHECK(parse_tokens("1M") == 1048576);
  CHECK(parse_tokens("1.5K") == 1536);
  CHECK(parse_tokens("100000") == 100000);
  CHECK(format_tokens(131072) == "128K");
  CHECK(format_tokens(1048576) == "1M");
  CHECK(format_tokens(1572864) == "1.5M");
  CHECK(format_tokens(2662 * 1024) == "2662K");
  CHECK(format_tokens(100000) == "100000");
  CHECK(format_tokens(0) == "0");
  CHECK(format_tokens_short(2726297) == "2.6M");
  CHECK(format_tokens_short(100000) == "97.7K");
  CHECK(format_tokens_short(512) == "512");
}

TEST_CASE("a bad unit is refused with the remedy") {
  CHECK(
      message_of(parse_bandwidth, "400Gb") ==
      "cannot read \"400Gb\": expected a rate with its unit per second, such as \"400 Gb/s\" or \"50 GB/s\"");
  const auto refuses = [](auto parse, std::string_view text, const std::string& fragment) {
    INFO(text);
    const std::string message = message_of(parse, text);
    CHECK(message.find(in_quotes(text)) != std::string::npos);
    CHECK(message.find(fragment) != std::string::npos);
    CHECK(message.find("such as") != std::string::npos);
  };
  refuses(parse_bytes, "80", "no unit");
  refuses(parse_bytes, "80 Gb", "bits");
  refuses(parse_bytes, "-80 GB", "negative");
  refuses(parse_bytes, "nan GB", "expected a size");
  refuses(parse_bytes, "inf", "expected a size");
  refuses(parse_bytes, "1e999 GB", "too large");
  refuses(parse_bytes, "1e30 GB", "absurdly large");
  refuses(parse_bytes, "80 GB of memory", "expected a size");
  refuses(parse_bytes, "0x10 GB", "expected a size");
  refuses(parse_bandwidth, "", "empty");
  refuses(parse_bandwidth, "50 GB", "per second");
  refuses(parse_bandwidth, "/s", "per second");
  refuses(parse_bandwidth, "50 /s", "per second");
  refuses(parse_flops_rate, "312 T", "TFLOP/s");
  refuses(parse_flops_rate, "312 TFLOP", "TFLOP/s");
  refuses(parse_seconds, "5 m", "minutes");
  refuses(parse_seconds, "5 sec", "expected a time");
  refuses(parse_tokens, "1000000000000000000000000000000", "more tokens");
  refuses(parse_tokens, "1.5", "whole number");
  refuses(parse_tokens, "128 KB", "expected a count");
  refuses(parse_tokens, "131,072", "expected a count");
  refuses(parse_number, "1.5x", "without a unit");
}

TEST_CASE("what is shown has three digits and the largest fitting unit") {
  CHECK(format_seconds(Seconds(0.412)) == "412 ms");
  CHECK(format_seconds(Seconds(1.2449)) == "1.24 s");
  CHECK(format_seconds(Seconds(3.1e-6)) == "3.1 us");
  CHECK(format_seconds(Seconds(999.7e-6)) == "1 ms");
  CHECK(format_seconds(Seconds(1630)) == "1630 s");
  CHECK(format_seconds(Seconds(0)) == "0 s");
  CHECK(format_seconds(Seconds(-0.25)) == "-250 ms");
  CHECK(format_bytes(Bytes(31.44 * 1073741824.0)) == "31.4 GiB");
  CHECK(format_bytes(402_MiB) == "402 MiB");
  CHECK(format_bytes(1023_MiB) == "0.999 GiB");
  CHECK(format_bytes(Bytes(512)) == "512 B");
  CHECK(format_bytes(Bytes(0)) == "0 B");
  CHECK(format_bandwidth(Bytes(370.8e9) / Seconds(1)) == "371 GB/s");
  CHECK(format_bandwidth(Bytes(4.7e9) / Seconds(1)) == "4.7 GB/s");
  CHECK(format_flops_rate(312_TFLOPps) == "312 TFLOP/s");
  CHECK(format_number(1.1667) == "1.17");
}

TEST_CASE("exact texts read back as the same value") {
  std::mt19937 random(7);  // fixed seed: a failure repeats
  for (int i = 0; i < 5000; ++i) {
    const double big = log_uniform(random, 1, 1e18);
    const double small = log_uniform(random, 1e-9, 1e4);
    REQUIRE(parse_bytes(exact_bytes(Bytes(big))).value == big);
    REQUIRE(parse_bandwidth(exact_bandwidth(BytesPerSecond(big))).value == big);
    REQUIRE(parse_flops_rate(exact_flops_rate(FlopsPerSecond(big))).value == big);
    REQUIRE(parse_seconds(exact_seconds(Seconds(small))).value == small);
    REQUIRE(parse_number(exact_number(small)) == small);
    const auto tokens = static_cast<std::int64_t>(log_uniform(random, 1, 1e15));
    REQUIRE(parse_tokens(format_tokens(tokens)) == tokens);
    REQUIRE(parse_tokens(format_tokens(tokens / 1024 * 1024)) == tokens / 1024 * 1024);
  }
  CHECK(exact_bandwidth(370.8_GBps) == "370.8 GB/s");
  CHECK(exact_bytes(80_GiB) == "80 GiB");
  CHECK(exact_seconds(11.8_us) == "11.8 us");
}

TEST_CASE("shown texts read back within half a percent") {
  std::mt19937 random(8);
  for (int i = 0; i < 5000; ++i) {
    const double big = log_uniform(random, 1, 1e15);
    const double small = log_uniform(random, 1e-9, 1e4);
    INFO(big << " " << small);
    REQUIRE(parse_bytes(format_bytes(Bytes(big))).value == Approx(big).epsilon(0.0051));
    REQUIRE(parse_bandwidth(format_bandwidth(BytesPerSecond(big))).value == Approx(big).epsilon(0.0051));
    REQUIRE(parse_flops_rate(format_flops_rate(FlopsPerSecond(big))).value == Approx(big).epsilon(0.0051));
    REQUIRE(parse_seconds(format_seconds(Seconds(small))).value == Approx(small).epsilon(0.0051));
  }
}

TEST_CASE("quoted input is short and on one line") {
  CHECK(in_quotes("a\nb") == "\"a?b\"");
  CHECK(in_quotes(std::string(1000, 'x')).size() == 48 + 3 + 2);
  CHECK(in_quotes("\xff\xfe") == "\"??\"");
  CHECK(in_quotes("\u00B5s") == "\"\u00B5s\"");
}
