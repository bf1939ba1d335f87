# SPDX-License-Identifier: Apache-2.0
# The target coverage-report (host, HUSK_COVERAGE=ON): a line per library of what the last run of the
# host tests has executed. Run the tests first: ctest, then cmake --build . --target coverage-report.
#
# Each host test writes PROJECT_BINARY_DIR/coverage/<test>-<pid>.profraw. Profiles of tests that no
# longer exist, and profiles older than their test program, are deleted, not counted.
function(husk_add_coverage_report)
  string(REGEX MATCH "^[0-9]+" version ${CMAKE_C_COMPILER_VERSION})
  find_program(HUSK_LLVM_PROFDATA NAMES llvm-profdata-${version} llvm-profdata)
  find_program(HUSK_LLVM_COV NAMES llvm-cov-${version} llvm-cov)
  get_property(tests GLOBAL PROPERTY HUSK_HOST_TESTS)
  get_property(libraries GLOBAL PROPERTY HUSK_BUILT_LIBRARIES)
  # One line a test: its name, its program. One line a library: its name.
  set(content "")
  foreach(test IN LISTS tests)
    string(REPLACE "=" ";" pair ${test})
    list(GET pair 0 name)
    list(GET pair 1 target)
    string(APPEND content "test ${name} $<TARGET_FILE:${target}>\n")
  endforeach()
  foreach(library IN LISTS libraries)
    string(REPLACE "_" "-" folder ${library})
    string(APPEND content "library ${folder}\n")
  endforeach()
  # A program with every object of every library: so that a file no test links counts, as not covered.
  add_executable(coverage_all EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/test/gate/coverage_all.c)
  list(TRANSFORM libraries PREPEND husk_ OUTPUT_VARIABLE targets)
  list(TRANSFORM libraries REPLACE "(.+)" "$<TARGET_FILE:husk_\\1>" OUTPUT_VARIABLE archives)
  add_dependencies(coverage_all ${targets})
  target_link_options(coverage_all PRIVATE -Wl,--whole-archive ${archives} -Wl,--no-whole-archive)
  target_link_libraries(coverage_all PRIVATE ${targets})
  string(APPEND content "all - $<TARGET_FILE:coverage_all>\n")
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/coverage.txt CONTENT "${content}")
  add_custom_target(coverage-report USES_TERMINAL VERBATIM
    COMMAND sh ${PROJECT_SOURCE_DIR}/test/gate/coverage.sh ${HUSK_LLVM_PROFDATA} ${HUSK_LLVM_COV}
      ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  add_dependencies(coverage-report coverage_all)
endfunction()
