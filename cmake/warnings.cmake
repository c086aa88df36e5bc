# One interface target with the warning and sanitizer flags of the project.
add_library(ringside_flags INTERFACE)
target_compile_options(ringside_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees copies in std::string concatenation that are not there: overlapping, too long, out of bounds (GCC bug
  # 105651 and its relatives), each at other levels of optimisation.
  target_compile_options(ringside_flags INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(RINGSIDE_WERROR)
  target_compile_options(ringside_flags INTERFACE -Werror)
endif()
if(RINGSIDE_SANITIZE OR RINGSIDE_FUZZ)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(ringside_flags INTERFACE ${sanitizers} -fno-omit-frame-pointer)
  target_link_options(ringside_flags INTERFACE ${sanitizers})
endif()
if(RINGSIDE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "RINGSIDE_FUZZ needs clang: configure with -DCMAKE_CXX_COMPILER=clang++ or use the preset fuzz")
  endif()
  # Coverage counters in every library of ours; only the fuzzers themselves get libFuzzer's main.
  target_compile_options(ringside_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
