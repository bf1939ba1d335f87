# SPDX-License-Identifier: Apache-2.0
# husk_add_spec_test(LIBRARY ALL_COUNT) -> ctest model.LIBRARY.spec (10^6 operations) and, labelled
# "all", model.LIBRARY.spec-all (ALL_COUNT). model_LIBRARY_spec.c compares husk::LIBRARY with
# test/spec/spec_LIBRARY.c, which is compiled as the target would: freestanding, every warning.
include_guard(GLOBAL)
set_property(GLOBAL PROPERTY HUSK_SPEC_DIR ${CMAKE_CURRENT_LIST_DIR})

function(husk_add_spec_test library all_count)
  get_property(spec GLOBAL PROPERTY HUSK_SPEC_DIR)
  add_library(spec_${library} OBJECT ${spec}/spec_${library}.c)
  husk_warnings(spec_${library})
  target_compile_options(spec_${library} PRIVATE -ffreestanding -O2) # O2: states are copied
  target_include_directories(spec_${library} PUBLIC ${spec})
  husk_add_model_test(${library} spec SOURCES model_${library}_spec.c LIBS spec_${library})
  target_compile_options(test_model_${library}_spec PRIVATE -O2)
  add_test(NAME model.${library}.spec-all COMMAND test_model_${library}_spec 0 ${all_count})
  set_tests_properties(model.${library}.spec-all PROPERTIES LABELS "host;all" TIMEOUT 7200
    ENVIRONMENT "LLVM_PROFILE_FILE=${PROJECT_BINARY_DIR}/coverage/model.${library}.spec-all-%p.profraw")
endfunction()
