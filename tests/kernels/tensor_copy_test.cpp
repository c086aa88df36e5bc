#include "kernels/tensor_copy.h"

#include <cstring>
#include <string>
#include <tuple>

#include "tests/catch.h"
#include "tests/kernels/attention_problem.h"
#include "tests/kernels/refusal.h"

using namespace kernels;
using namespace kernel_tests;

namespace {

// Numbers that say where they stand: 1000 b + 100 row + 10 head + d.
OwnedTensor labelled(Element element, std::int64_t batch, std::int64_t rows, std::int64_t heads,
                     std::int64_t dim) {
  OwnedTensor tensor(element, batch, rows, heads, dim);
  std::vector<float> row(static_cast<std::size_t>(dim));
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t h = 0; h < heads; ++h) {
        for (std::int64_t d = 0; d < dim; ++d)
          row[static_cast<std::size_t>(d)] = static_cast<float>(1000 * b + 100 * r + 10 * h + d);
        write_row(row.data(), tensor.view(), b, r, h);
      }
  return tensor;
}

}  // namespace

TEST_CASE("rows of a view are a view: sub-blocks and stripes") {
  const OwnedTensor tensor = labelled(Element::fp16, 2, 8, 2, 2);
  const ConstTensorView stripe = rows_of(tensor.view(), 1, 3, 2);
  CHECK(stripe.rows == 3);
  CHECK(number_at(stripe, 1, 0, 1, 1) == 1111);
  CHECK(number_at(stripe, 1, 2, 0, 0) == 1500);
  CHECK(number_at(rows_of(stripe, 1, 2), 0, 1, 0, 0) == 500);
  OwnedRows rows(2, 3, 8);
  for (std::size_t i = 0; i < rows.numbers.size(); ++i) rows.numbers[i] = static_cast<float>(i);
  CHECK(rows_of(rows.view(), 2, 2, 3).at(1, 2, 1) == static_cast<float>((1 * 3 + 2) * 8 + 5));
  CHECK(rows_of(tensor.view(), 8, 0).rows == 0);
}

TEST_CASE("rows outside of a view are refused") {
  const OwnedTensor tensor(Element::fp32, 1, 8, 1, 2);
  for (const auto& [first, count, step] :
       {std::tuple{7, 2, 1}, {-1, 2, 1}, {0, 5, 2}, {0, 2, 0}, {0, -1, 1}}) {
    const std::string message =
        message_of([&, f = first, c = count, s = step] { rows_of(tensor.view(), f, c, s); });
    CHECK(message.find("a view of 8 rows") != std::string::npos);
  }
}

TEST_CASE("conversion rounds to the narrower type and keeps strides apart") {
  OwnedTensor wide(Element::fp32, 1, 4, 2, 2), narrow(Element::bf16, 1, 2, 2, 2);
  const std::vector<float> row = {1.0F + 0x1p-8F, -3.1415927F};
  write_row(row.data(), wide.view(), 0, 3, 1);
  convert(rows_of(wide.view(), 1, 2, 2), narrow.view());
  CHECK(number_at(narrow.view(), 0, 1, 1, 0) == 1.0);
  CHECK(number_at(narrow.view(), 0, 1, 1, 1) == -3.140625);
  CHECK(message_of([&] { convert(wide.view(), narrow.view()); }).find("one shape") != std::string::npos);
}

TEST_CASE("packing for an all-to-all puts each rank's heads, or rows, together") {
  const OwnedTensor tensor = labelled(Element::fp32, 2, 4, 4, 1);
  std::vector<std::byte> buffer(static_cast<std::size_t>(bytes_of(tensor.view())));
  const auto number = [&](std::size_t i) {
    float value = 0;
    std::memcpy(&value, buffer.data() + i * sizeof(float), sizeof(float));
    return value;
  };
  pack_heads(tensor.view(), 2, buffer);
  CHECK(number(0) == 0);     // batch 0, row 0, head 0
  CHECK(number(1) == 10);    // head 1
  CHECK(number(2) == 100);   // row 1, head 0
  CHECK(number(8) == 1000);  // batch 1
  CHECK(number(16) == 20);   // part 1: head 2
  OwnedTensor back(Element::fp32, 2, 4, 4, 1);
  unpack_heads(buffer, 2, back.view());
  CHECK(back.numbers() == tensor.numbers());

  pack_rows(tensor.view(), 4, buffer);
  CHECK(number(3) == 30);    // part 0: row 0 of batch 0 with all heads,
  CHECK(number(4) == 1000);  // then row 0 of batch 1
  CHECK(number(8) == 100);   // part 1: row 1
  OwnedTensor rows_back(Element::fp32, 2, 4, 4, 1);
  unpack_rows(buffer, 4, rows_back.view());
  CHECK(rows_back.numbers() == tensor.numbers());
}

TEST_CASE("a split that does not come out even, or a buffer of another size, is refused") {
  const OwnedTensor tensor(Element::fp32, 1, 4, 6, 2);
  std::vector<std::byte> buffer(static_cast<std::size_t>(bytes_of(tensor.view())));
  CHECK(message_of([&] {
          pack_heads(tensor.view(), 4, buffer);
        }).find("6 heads cannot be split into 4 equal parts") != std::string::npos);
  CHECK(message_of([&] { pack_rows(tensor.view(), 3, buffer); }).find("4 rows") != std::string::npos);
  buffer.pop_back();
  CHECK(message_of([&] { pack_rows(tensor.view(), 2, buffer); }).find("191 bytes") != std::string::npos);
}
