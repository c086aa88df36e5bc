// Any bytes as an nccl-tests log: either rows, a fit and a fragment, or costmodel::Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "costmodel/base/error.h"
#include "costmodel/formats/link_fit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace costmodel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const NcclTestsHints hints_of_the_user{.test = NcclTest::sendrecv, .ranks = 4, .nodes = 2};
  for (const NcclTestsHints& hints : {NcclTestsHints{}, hints_of_the_user}) {
    try {
      const NcclTestsLog log = parse_nccl_tests_log(text, "fuzz.log", hints);
      link_fit_toml(log, fit_link(log));
    } catch (const Error&) {
    }
  }
  return 0;
}
