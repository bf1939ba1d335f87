# SPDX-License-Identifier: Apache-2.0
# husk_add_bare_guest(NAME [DEFINES ...] SOURCES ...): NAME.Image in the current binary folder, an
# arm64 Image that starts in start.S, has no relocations and leaves the MMU off. Target NAME-image.
set(HUSK_BARE_DIR ${CMAKE_CURRENT_LIST_DIR})
function(husk_add_bare_guest name)
  cmake_parse_arguments(A "" "" "DEFINES;SOURCES" ${ARGN})
  set(script ${HUSK_BARE_DIR}/../raw/raw.ld)
  set(image ${CMAKE_CURRENT_BINARY_DIR}/${name}.Image)
  add_executable(${name}-elf ${HUSK_BARE_DIR}/start.S ${A_SOURCES})
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
