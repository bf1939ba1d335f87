# SPDX-License-Identifier: Apache-2.0
# husk_add_spec_test(LIBRARY ALL_COUNT [SPEC spec_x.c ...] [SOURCES ...] [VERSIONS ...])
#
# ctest model.LIBRARY.spec (10^6 operations) and, labelled "all", model.LIBRARY.spec-all (ALL_COUNT);
# for each of VERSIONS, the test's third argument, another two: model.LIBRARY.spec-VERSION, -VERSION-all.
# model_LIBRARY_spec.c (and SOURCES) compares husk::LIBRARY with test/spec/spec_LIBRARY.c (or SPEC), which
# is compiled as the target would: freestanding, every warning.
include_guard(GLOBAL)
set_property(GLOBAL PROPERTY HUSK_SPEC_DIR ${CMAKE_CURRENT_LIST_DIR})

function(husk_add_spec_test library all_count)
  cmake_parse_arguments(A "" "" "SPEC;SOURCES;VERSIONS" ${ARGN})
  get_property(spec GLOBAL PROPERTY HUSK_SPEC_DIR)
  if(NOT A_SPEC AND EXISTS ${spec}/spec_${library}.c)
    set(A_SPEC spec_${library}.c)
  endif()
  set(specified)
  if(A_SPEC) # or all of it is in spec_LIBRARY.h
    list(TRANSFORM A_SPEC PREPEND ${spec}/)
    set(specified spec_${library})
    add_library(${specified} OBJECT ${A_SPEC})
    husk_warnings(${specified})
    target_compile_options(${specified} PRIVATE -ffreestanding -O2) # O2: states are copied
  endif()
  husk_add_model_test(${library} spec SOURCES model_${library}_spec.c ${A_SOURCES} LIBS ${specified})
  target_include_directories(test_model_${library}_spec PRIVATE ${spec})
  target_compile_options(test_model_${library}_spec PRIVATE -O2)
  husk_add_spec_run(${library} spec-all ${all_count} "")
  foreach(version IN LISTS A_VERSIONS)
    husk_add_spec_run(${library} spec-${version} 1000000 ${version})
    husk_add_spec_run(${library} spec-${version}-all ${all_count} ${version})
  endforeach()
endfunction()

function(husk_add_spec_run library name count version)
  add_test(NAME model.${library}.${name} COMMAND test_model_${library}_spec 0 ${count} ${version})
  if(name MATCHES "-all$")
    set(labels "host;all")
    set(limit 21600) # for hangs: 10^8 operations of mmu, the slowest, take 18 minutes of a CPU
  else()
    set(labels host)
    set(limit 300)
    set_property(GLOBAL APPEND PROPERTY HUSK_HOST_TESTS model.${library}.${name}=test_model_${library}_spec)
  endif()
  set_tests_properties(model.${library}.${name} PROPERTIES LABELS "${labels}" TIMEOUT ${limit}
    ENVIRONMENT "LLVM_PROFILE_FILE=${PROJECT_BINARY_DIR}/coverage/model.${library}.${name}-%p.profraw")
endfunction()
