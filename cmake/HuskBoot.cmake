# SPDX-License-Identifier: Apache-2.0
# husk_add_boot_test(NAME IMAGE target [FILE path] [LOADER address [BIOS path]] [CPU model] [MEMORY size]
#                    [GIC 2|3] [MACHINE options] [QEMU args ...] [LABELS all] [LIMIT seconds] [WRAP script args ...] STEPS drive.sh's arguments ...)
#
# ctest boot.NAME: boots the target's .bin (or FILE) in QEMU and plays STEPS with its console
# (test/boot/drive.sh). LOADER: at that address, past QEMU's own boot code; BIOS: a firmware that starts it.
# GIC (3) is the board's, which the image must drive (husk_add_image(... GIC); with GIC any it boots on both). MACHINE: in
# place of virtualization=on and GIC. The time limit (560) is for hangs only. LABELS all: only with `./husk test --all`.
# With -DHUSK_ORACLE=ON it is oracle.NAME, and but for HUSK_ORACLE_FEW labelled all; all vCPUs in one thread of QEMU's.
# WRAP: a script that is given drive.sh, args and drive.sh's arguments, to look further at the output.
function(husk_add_boot_test name)
  cmake_parse_arguments(A "" "IMAGE;FILE;LOADER;BIOS;CPU;MEMORY;GIC;MACHINE;LIMIT" "QEMU;LABELS;WRAP;STEPS" ${ARGN})
  find_program(HUSK_QEMU qemu-system-aarch64 REQUIRED NO_CMAKE_FIND_ROOT_PATH)
  if(NOT A_FILE)
    set(A_FILE $<TARGET_FILE_DIR:${A_IMAGE}>/${A_IMAGE}.bin)
  endif()
  if(NOT A_CPU)
    set(A_CPU cortex-a53)
  endif()
  if(NOT A_MEMORY)
    set(A_MEMORY 512)
  endif()
  if(NOT A_GIC)
    set(A_GIC 3)
  endif()
  if(NOT A_MACHINE)
    set(A_MACHINE virtualization=on,gic-version=${A_GIC})
  endif()
  if(NOT A_LIMIT)
    set(A_LIMIT 560)
  endif()
  if(HUSK_ORACLE)
    # It compares under the VM's lock, for which the other vCPUs' threads would burn what the host has.
    math(EXPR A_LIMIT "3 * ${A_LIMIT}")
    list(FILTER A_QEMU EXCLUDE REGEX "^(-accel|tcg,.*)$")
    list(APPEND A_QEMU -accel tcg,thread=single)
  endif()
  math(EXPR timeout "${A_LIMIT} + 40")
  set(boot -kernel ${A_FILE})
  if(A_LOADER)
    set(boot -device loader,file=${A_FILE},addr=${A_LOADER},force-raw=on)
    if(A_BIOS)
      list(APPEND boot -bios ${A_BIOS})
    else() # at the CPU's highest exception level
      list(APPEND boot -device loader,addr=${A_LOADER},cpu-num=0)
    endif()
  endif()
  set(drive ${HUSK_TOP}/test/boot/drive.sh)
  if(A_WRAP)
    list(INSERT A_WRAP 1 ${drive})
    set(drive ${A_WRAP})
  endif()
  set(kind boot)
  if(HUSK_ORACLE)
    set(kind oracle)
    if(name IN_LIST HUSK_ORACLE_FEW)
      add_dependencies(oracle-few ${A_IMAGE})
    else()
      set(A_LABELS all)
    endif()
    if(NOT "${A_STEPS}" MATCHES "husk: oracle: ")
      list(PREPEND A_STEPS -f "husk: oracle: ") # nothing comes after it
    endif()
  endif()
  add_test(NAME ${kind}.${name} COMMAND sh ${drive} -t ${A_LIMIT} ${A_STEPS} --
    ${HUSK_QEMU} -M virt,${A_MACHINE} -cpu ${A_CPU} -m ${A_MEMORY} -nodefaults -no-user-config -display none
    -serial stdio ${boot} ${A_QEMU})
  set_tests_properties(${kind}.${name} PROPERTIES TIMEOUT ${timeout} LABELS "qemu;${A_LABELS}")
endfunction()
