# SPDX-License-Identifier: Apache-2.0
# husk_add_unit_test(LIBRARY NAME SOURCES ... [LIBS ...] [TIMEOUT s] [ARGS ...]) -> ctest unit.LIBRARY.NAME
# husk_add_model_test(...)                                                       -> ctest model.LIBRARY.NAME
# Host only: a cmocka program under the sanitizers of the preset. Public headers and *_internal.h of
# lib/LIBRARY can be included, and test/fake/.
function(husk_add_host_test kind library name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;LIBS;ARGS" ${ARGN})
  find_package(cmocka REQUIRED)
  string(REPLACE "-" "_" stem ${library})
  set(target test_${kind}_${stem}_${name})
  add_executable(${target} ${A_SOURCES})
  target_link_libraries(${target} PRIVATE husk::${stem} ${A_LIBS} cmocka::cmocka)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/lib/${library} ${PROJECT_SOURCE_DIR}/test/fake)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Werror)
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  add_test(NAME ${kind}.${library}.${name} COMMAND ${target} ${A_ARGS})
  set_tests_properties(${kind}.${library}.${name} PROPERTIES LABELS host TIMEOUT ${A_TIMEOUT}
    ENVIRONMENT "LLVM_PROFILE_FILE=${PROJECT_BINARY_DIR}/coverage/${kind}.${library}.${name}-%p.profraw")
  set_property(GLOBAL APPEND PROPERTY HUSK_HOST_TESTS ${kind}.${library}.${name}=${target}) # for coverage
endfunction()

macro(husk_add_unit_test)
  husk_add_host_test(unit ${ARGV})
endmacro()

macro(husk_add_model_test)
  husk_add_host_test(model ${ARGV})
endmacro()
