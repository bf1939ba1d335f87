# SPDX-License-Identifier: Apache-2.0
# husk_add_unikernel(NAME SOURCES ... [LIBS ...] [MEMORY_MIB n] [STACK_KIB n])
#
# A C guest as an ELF of its own: NAME.elf and, as the flat binary that an image embeds, NAME.bin,
# in the current binary folder. It links husk::unikernel whether LIBS names it or not. MEMORY_MIB
# (16): RAM where no device tree says how much; the heap ends there. STACK_KIB (64).
# The target NAME carries HUSK_BLOB_FILE, the path of NAME.bin: whoever embeds it depends on both.
# Where nothing is cross-compiled, NAME is only a name, with an empty HUSK_BLOB_FILE.

function(husk_add_unikernel name)
  cmake_parse_arguments(A "" "MEMORY_MIB;STACK_KIB" "SOURCES;LIBS" ${ARGN})
  if(NOT A_SOURCES OR A_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "husk_add_unikernel(${name}): write husk_add_unikernel(${name} SOURCES "
      "main.c [LIBS husk::...] [MEMORY_MIB n] [STACK_KIB n]); not understood: '${A_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT CMAKE_CROSSCOMPILING)
    add_custom_target(${name})
    set_target_properties(${name} PROPERTIES HUSK_BLOB_FILE "")
    return()
  endif()
  if(NOT A_MEMORY_MIB)
    set(A_MEMORY_MIB 16)
  endif()
  if(NOT A_STACK_KIB)
    set(A_STACK_KIB 64)
  endif()
  # The same path in the repository and in an install tree.
  cmake_path(SET script NORMALIZE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../lib/unikernel/unikernel.ld)
  math(EXPR ram_bytes "${A_MEMORY_MIB} * 1024 * 1024" OUTPUT_FORMAT HEXADECIMAL)
  math(EXPR stack_bytes "${A_STACK_KIB} * 1024" OUTPUT_FORMAT HEXADECIMAL)
  set(bin ${CMAKE_CURRENT_BINARY_DIR}/${name}.bin)

  add_executable(${name} ${A_SOURCES})
  husk_errata(${name})
  target_compile_features(${name} PRIVATE c_std_17)
  target_link_libraries(${name} PRIVATE ${A_LIBS} husk::unikernel)
  target_link_options(${name} PRIVATE -T${script}
    LINKER:--defsym=husk_uk_ld_ram_bytes=${ram_bytes},--defsym=husk_uk_ld_stack_bytes=${stack_bytes}
    LINKER:--orphan-handling=error,--fatal-warnings,--gc-sections
    LINKER:-z,max-page-size=4096,-z,norelro,-Map,${CMAKE_CURRENT_BINARY_DIR}/${name}.map)
  set_target_properties(${name} PROPERTIES SUFFIX .elf LINK_DEPENDS ${script}
    HUSK_BLOB_FILE ${bin})
  add_custom_command(TARGET ${name} POST_BUILD BYPRODUCTS ${bin} VERBATIM
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}> ${bin})
endfunction()
