# SPDX-License-Identifier: Apache-2.0
# husk_add_raw_guest(NAME LOAD RAM STEP [SEEN]): NAME.raw in the current binary folder, from guest.c.
set(HUSK_RAW_DIR ${CMAKE_CURRENT_LIST_DIR})
function(husk_add_raw_guest name load ram step)
  set(seen ${ARGN})
  if(NOT seen)
    set(seen 0,0)
  endif()
  set(raw ${CMAKE_CURRENT_BINARY_DIR}/${name}.raw)
  add_executable(${name}-elf ${HUSK_RAW_DIR}/start.S ${HUSK_RAW_DIR}/guest.c)
  target_compile_definitions(${name}-elf PRIVATE RAW_LOAD=${load} RAW_RAM=${ram} RAW_STEP=${step} RAW_SEEN=${seen})
  target_compile_options(${name}-elf PRIVATE -fpie -ffreestanding
    $<$<COMPILE_LANGUAGE:C>:-mgeneral-regs-only;-mstrict-align;-mcmodel=tiny;-fno-builtin>)
  target_link_libraries(${name}-elf PRIVATE husk::arch Picolibc::picolibc)
  target_link_options(${name}-elf PRIVATE -T${HUSK_RAW_DIR}/raw.ld)
  set_target_properties(${name}-elf PROPERTIES SUFFIX .elf LINK_DEPENDS ${HUSK_RAW_DIR}/raw.ld)
  if(NOT EXISTS ${raw})
    file(TOUCH ${raw}) # husk_add_kernel() wants a file to be there
  endif()
  add_custom_command(OUTPUT ${raw} DEPENDS ${name}-elf VERBATIM
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}-elf> ${raw})
  add_custom_target(${name}-raw DEPENDS ${raw})
endfunction()
