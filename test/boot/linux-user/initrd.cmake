# SPDX-License-Identifier: Apache-2.0
# husk_add_user_initrd(NAME [DEPENDS file ...] [FILES path=file ...]): NAME.cpio.gz in this build folder, by the target
# NAME-initrd: BusyBox, Debian's stress-ng, hackbench and cyclictest, husk-test, and each file at its path.
set(HUSK_USER_DIR ${CMAKE_CURRENT_LIST_DIR})
function(husk_add_user_initrd name)
  cmake_parse_arguments(A "" "" "DEPENDS;FILES" ${ARGN})
  set(cache ${PROJECT_SOURCE_DIR}/.cache)
  set(tool ${PROJECT_SOURCE_DIR}/tools/initramfs.sh)
  set(initrd ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpio.gz)
  if(NOT EXISTS ${cache}/user.cpio.gz)
    message(FATAL_ERROR "${name}: ${cache}/user.cpio.gz is missing; `./husk setup` fetches it")
  endif()
  add_custom_command(OUTPUT ${initrd} VERBATIM
    DEPENDS ${HUSK_USER_DIR}/husk-test ${tool} ${cache}/initramfs.cpio.gz ${cache}/user.cpio.gz ${A_DEPENDS}
    COMMAND sh ${tool} ${initrd} ${cache}/initramfs.cpio.gz ${cache}/user.cpio.gz
      -- bin/husk-test=${HUSK_USER_DIR}/husk-test ${A_FILES})
  add_custom_target(${name}-initrd DEPENDS ${initrd})
  if(NOT EXISTS ${initrd})
    file(TOUCH ${initrd}) # husk_add_kernel() wants a file to be there
  endif()
endfunction()
