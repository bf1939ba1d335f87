# SPDX-License-Identifier: Apache-2.0
# husk_add_bare_guest(NAME [START start.S] [DEFINES ...] SOURCES ...): NAME.Image in the current binary
# folder, an arm64 Image that starts in START (start.S beside this file), has no relocations and
# leaves the MMU off. Target NAME-image.
set(HUSK_BARE_DIR ${CMAKE_CURRENT_LIST_DIR})
function(husk_add_bare_guest name)
  cmake_parse_arguments(A "" "START" "DEFINES;SOURCES" ${ARGN})
  if(NOT A_START)
    set(A_START ${HUSK_BARE_DIR}/start.S)
  endif()
  set(script ${HUSK_BARE_DIR}/../raw/raw.ld)
  set(image ${CMAKE_CURRENT_BINARY_DIR}/${name}.Image)
  add_executable(${name}-elf ${A_START} ${A_SOURCES})
  husk_errata(${name}-elf)
  target_compile_definitions(${name}-elf PRIVATE ${A_DEFINES})
  target_compile_options(${name}-elf PRIVATE -fpie -fdirect-access-external-data -ffreestanding
    $<$<COMPILE_LANGUAGE:C>:-mgeneral-regs-only;-mstrict-align;-mcmodel=tiny;-fno-builtin;-fno-jump-tables>)
  target_link_libraries(${name}-elf PRIVATE husk::arch Picolibc::picolibc)
  target_link_options(${name}-elf PRIVATE -T${script})
  set_target_properties(${name}-elf PROPERTIES SUFFIX .elf LINK_DEPENDS ${script})
  if(NOT EXISTS ${image})
    file(TOUCH ${image}) # husk_add_kernel() wants a file to be there
  endif()
  add_custom_command(OUTPUT ${image} DEPENDS ${name}-elf VERBATIM
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}-elf> ${image})
  add_custom_target(${name}-image DEPENDS ${image})
endfunction()
