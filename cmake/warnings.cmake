# One interface target with the warning and sanitizer flags of the project.
add_library(ringside_flags INTERFACE)
target_compile_options(ringside_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees copies in std::string concatenation that are not there: overlapping, too long, out of bounds (GCC bug
  # 105651 and its relatives), each at other levels of optimisation.
  target_compile_options(ringside_flags INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(ringside_flags INTERFACE -Wreserved-identifier)
endif()
if(RINGSIDE_WERROR)
  target_compile_options(ringside_flags INTERFACE -Werror)
endif()
if(RINGSIDE_SANITIZE OR RINGSIDE_FUZZ)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(ringside_flags INTERFACE ${sanitizers} -fno-omit-frame-pointer)
  target_link_options(ringside_flags INTERFACE ${sanitizers})
endif()
# For targets whose own speed does not matter: with sanitizers half the time of compiling is the optimiser's.
add_library(ringside_compiles_fast INTERFACE)
# For those that only sanitizers compile fast: optimised they are what the program and the benchmarks are made of.
add_library(ringside_compiles_fast_sanitized INTERFACE)
if(RINGSIDE_SANITIZE OR RINGSIDE_FUZZ)
  target_compile_options(ringside_compiles_fast INTERFACE -O0)
  target_compile_options(ringside_compiles_fast_sanitized INTERFACE -O0)
else()
  target_compile_options(ringside_compiles_fast INTERFACE $<$<NOT:$<CONFIG:Debug>>:-O1>)
endif()
# For libraries that read what others wrote: coverage counters, which lead the fuzzers.  Anywhere else counters would only cost.
add_library(ringside_is_fuzzed INTERFACE)
if(RINGSIDE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "RINGSIDE_FUZZ needs clang: configure with -DCMAKE_CXX_COMPILER=clang++ or use the preset fuzz")
  endif()
  target_compile_options(ringside_is_fuzzed INTERFACE -fsanitize=fuzzer-no-link)  # only the fuzzers get libFuzzer's main
endif()
