// The inner loops of each instruction set against loops that one can read, and the rule that keeps code for
// one instruction set out of the rest of the program.
#include "kernels/cpu_tile.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "kernels/cpu_level.h"
#include "tests/catch.h"

using namespace kernels;

namespace {

std::vector<float> random_numbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float& x : numbers) x = normal(random);
  return numbers;
}

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

// exp(x) as the softmax computes it: one row of 16 scores with maximum 0 already carried.
float tile_exp(const TileKernels& tile, float x) {
  std::vector<float> scores(16, x), output(16);
  float max = 0, sum = 0;
  TileSoftmax softmax;
  softmax.scores = scores.data();
  softmax.scores_stride = 16;
  softmax.rows = 1;
  softmax.columns = 16;
  softmax.running_max = &max;
  softmax.running_sum = &sum;
  softmax.output = output.data();
  softmax.dim = 16;
  tile.softmax(softmax);
  return scores[7];
}

}  // namespace

TEST_CASE("products of every shape equal the triple loop, plain, added and with a transposed left side") {
  for (const CpuLevel level : available_cpu_levels()) {
    const TileKernels& tile = tile_kernels_of(level);
    for (const std::int64_t rows : {1, 2, 3, 5, 6, 7, 12, 17})
      for (const std::int64_t columns : {16, 32, 48, 64, 80, 128})
        for (const bool transposed : {false, true}) {
          INFO(tile.name << ", " << rows << " x " << columns << (transposed ? ", transposed" : ""));
          constexpr std::int64_t depth = 21;
          const std::vector<float> a = random_numbers(static_cast<std::size_t>(rows * depth), 1);
          const std::vector<float> b = random_numbers(static_cast<std::size_t>(depth * columns), 2);
          const std::vector<float> before = random_numbers(static_cast<std::size_t>(rows * columns), 3);
          for (const bool add : {false, true}) {
            std::vector<float> c = before;
            TileProduct product;
            product.a = a.data();
            product.a_row_stride = transposed ? 1 : depth;
            product.a_depth_stride = transposed ? rows : 1;
            product.b = b.data();
            product.b_stride = columns;
            product.c = c.data();
            product.c_stride = columns;
            product.rows = rows;
            product.columns = columns;
            product.depth = depth;
            product.add = add;
            tile.multiply(product);
            double worst = 0;
            for (std::int64_t i = 0; i < rows; ++i)
              for (std::int64_t j = 0; j < columns; ++j) {
                const auto at = static_cast<std::size_t>(i * columns + j);
                double sum = add ? static_cast<double>(before[at]) : 0.0;
                for (std::int64_t k = 0; k < depth; ++k)
                  sum += static_cast<double>(
                             a[static_cast<std::size_t>(transposed ? k * rows + i : i * depth + k)]) *
                         static_cast<double>(b[static_cast<std::size_t>(k * columns + j)]);
                worst = std::max(worst, std::fabs(static_cast<double>(c[at]) - sum));
              }
            REQUIRE(worst < 1e-5);
          }
        }
  }
}

TEST_CASE("the exponential is within two units in the last place, zero far below, and keeps NaN") {
  for (const CpuLevel level : available_cpu_levels()) {
    const TileKernels& tile = tile_kernels_of(level);
    INFO(tile.name);
    double worst = 0;
    for (float x = 0; x > -87.3F; x -= 0.0137F) {
      const double truth = std::exp(static_cast<double>(x));
      worst = std::max(worst, std::fabs(static_cast<double>(tile_exp(tile, x)) / truth - 1));
    }
    CHECK(worst < 0x1p-22);
    CHECK(tile_exp(tile, 0.0F) == 1.0F);
    for (const float x : {-87.4F, -1000.0F, -1e30F, minus_infinity}) CHECK(tile_exp(tile, x) == 0.0F);
    CHECK(std::isnan(tile_exp(tile, std::numeric_limits<float>::quiet_NaN())));
  }
}

TEST_CASE("transposing puts every number where it belongs") {
  for (const CpuLevel level : available_cpu_levels())
    for (const std::int64_t rows : {1, 3, 4, 7, 16, 33}) {
      constexpr std::int64_t dim = 48, stride = 40;
      const std::vector<float> from = random_numbers(static_cast<std::size_t>(rows * dim), 4);
      std::vector<float> to(static_cast<std::size_t>(dim * stride));
      tile_kernels_of(level).transpose(from.data(), rows, dim, to.data(), stride);
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t d = 0; d < dim; ++d)
          REQUIRE(to[static_cast<std::size_t>(d * stride + r)] ==
                  from[static_cast<std::size_t>(r * dim + d)]);
    }
}

TEST_CASE("files that are compiled for one instruction set include nothing that the linker could share") {
  const std::regex include(R"(#include\s*([<"][^>"]+[>"]))");
  for (const std::string name :
       {"cpu_tile.h", "cpu_tile_body.h", "cpu_tile_avx2.cpp", "cpu_tile_avx512.cpp"}) {
    std::ifstream file(RINGSIDE_SOURCE_DIR "/kernels/" + name);
    REQUIRE(file.good());
    std::string line;
    while (std::getline(file, line)) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string what = match[1];
      INFO(name << " includes " << what);
      CHECK((what == "<cstdint>" || what == "<immintrin.h>" || what == "\"kernels/cpu_tile.h\"" ||
             what == "\"kernels/cpu_tile_body.h\""));
    }
  }
}
