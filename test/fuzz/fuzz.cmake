# SPDX-License-Identifier: Apache-2.0
# husk_add_fuzz_test(LIBRARY NAME RUNS n MAX_LEN bytes FILES a.c ... [FAKES b.c ...] [LIBS husk::x ...] [ARGS ...])
#
# libFuzzer over a library: the test fuzz.LIBRARY.NAME, of fuzz_<library>_NAME.c, with FILES of lib/LIBRARY and FAKES of
# test/fake compiled for it. A fixed seed and number of runs, so that a failure comes again; run it by hand for longer.
include_guard()

function(husk_add_fuzz_test library name)
  cmake_parse_arguments(A "" "RUNS;MAX_LEN" "FILES;FAKES;LIBS;ARGS" ${ARGN})
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    return()
  endif()
  string(REPLACE "-" "_" program fuzz_${library}_${name})
  set(fake ${PROJECT_SOURCE_DIR}/test/fake)
  list(TRANSFORM A_FILES PREPEND ${PROJECT_SOURCE_DIR}/lib/${library}/)
  list(TRANSFORM A_FAKES PREPEND ${fake}/)
  add_executable(${program} ${program}.c ${A_FILES} ${A_FAKES})
  target_link_libraries(${program} PRIVATE ${A_LIBS})
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/lib/${library}/include ${fake})
  target_compile_options(${program} PRIVATE -O1 -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined
    -fno-sanitize-recover=all)
  target_link_options(${program} PRIVATE -fsanitize=fuzzer,address,undefined)
  # No corpus folder: libFuzzer would write to it, and the next run would differ.
  add_test(NAME fuzz.${library}.${name} COMMAND ${program} -seed=1 -runs=${A_RUNS} -max_len=${A_MAX_LEN}
    ${A_ARGS} -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/)
  set_tests_properties(fuzz.${library}.${name} PROPERTIES LABELS host TIMEOUT 300
    ENVIRONMENT "LLVM_PROFILE_FILE=${PROJECT_BINARY_DIR}/coverage/fuzz.${library}.${name}-%p.profraw")
endfunction()
