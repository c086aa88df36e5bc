#include "costmodel/base/units.h"

#include <type_traits>

#include "tests/catch.h"

using namespace costmodel;
using namespace costmodel::literals;

static_assert(std::is_same_v<decltype(1_MiB / 450_GBps), Seconds>);
static_assert(std::is_same_v<decltype(1_MiB / 2_MiB), double>);

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
static_assert(Addable<Bytes, Bytes>);
static_assert(!Addable<Bytes, Seconds>, "seconds must not be added to bytes");
static_assert(!std::is_convertible_v<double, Bytes>, "a bare number is not a quantity");

TEST_CASE("dividing bytes by a bandwidth gives seconds") {
  CHECK((450_GB / 450_GBps).value == Approx(1.0));
  CHECK((Flops(6e12) / 3_TFLOPps).value == Approx(2.0));
}
