# SPDX-License-Identifier: Apache-2.0
# husk_add_kernel(NAME IMAGE file [INITRD file] [RAW] [LOAD offset])
#
# An unmodified guest: an arm64 Image (or, with RAW, a binary entered at its first byte, LOAD bytes
# above RAM's base, 0x80000 unless said). Defines husk_blob_NAME_kernel (or _raw) and, with INITRD,
# husk_blob_NAME_initrd in images that name it in GUESTS.
#
# husk_add_image(NAME CONFIG config.c GUESTS name ... [LIBS ...] [SMP] [COPY] [DMA] [DEVICES] [DIRECT]
#                [GIC 2|3|any]
#                [PARTS parts.c] [INCLUDES folder ...])
#
# One bootable image: NAME.elf, NAME.bin (an arm64 Image for -kernel or a boot loader), NAME.map in
# the current binary folder. GUESTS: names given to husk_add_unikernel() and husk_add_kernel(); each
# blob is declared in "NAME_blobs.h", which config.c includes. No image comes of a product that fails
# husk_product_check(), which runs on this machine. On the host: the test config.NAME.
# SMP: the product has more than one CPU.
# COPY: a VM of one CPU has RAM at an address of its own, or HUSK_RESET_VM: its image is copied.
# DMA: a VM has DMA channels (husk_dma_config). Takes SMP along. For boards whose engine Husk can check.
# DEVICES: a VM has a device that is a bus master, or that is to be in its kernel's tree (husk_device). Takes COPY along.
# DIRECT: the product has HUSK_GIC_DIRECT: its one guest gets the board's interrupt controller, no virtual one is linked.
# GIC: the board's interrupt controller that the image can drive, and the one its guests get; absent:
# HUSK_GIC. With `any` it is found at boot. What an image can't drive is not in it.
# PARTS: defines husk_parts (husk/parts.h) in place of what the guests need by themselves, and of GIC.
# Cached, as functions called from an outer project do not see this folder's variables. Below it lies
# the same in the repository and in an install tree.
set(HUSK_TOP ${CMAKE_CURRENT_LIST_DIR}/.. CACHE INTERNAL "")

function(husk_add_kernel name)
  cmake_parse_arguments(A "RAW" "IMAGE;INITRD;LOAD" "" ${ARGN})
  if(NOT A_IMAGE)
    message(FATAL_ERROR "husk_add_kernel(${name}): say which: IMAGE <file>")
  endif()
  set(blobs)
  set(offset 0)
  set(kind kernel)
  if(A_RAW)
    set(kind raw)
    if(NOT A_LOAD)
      set(A_LOAD 0x80000)
    endif()
    math(EXPR offset "${A_LOAD} & 0x1fffff" OUTPUT_FORMAT HEXADECIMAL)
  endif()
  list(APPEND blobs "${name}_${kind}|${A_IMAGE}|${offset}")
  if(A_INITRD)
    list(APPEND blobs "${name}_initrd|${A_INITRD}|0")
  endif()
  foreach(file ${A_IMAGE} ${A_INITRD})
    if(CMAKE_CROSSCOMPILING AND NOT EXISTS ${file})
      message(FATAL_ERROR "husk_add_kernel(${name}): ${file} is missing; `./husk setup` fetches Debian's kernels")
    endif()
  endforeach()
  add_custom_target(${name})
  set_target_properties(${name} PROPERTIES HUSK_BLOBS "${blobs}" HUSK_NEEDS_TREE TRUE)
endfunction()

# "symbol|file|offset" of every blob of the guests in ARGN -> blobs_out; needs_tree_out.
function(husk_image_blobs blobs_out needs_tree_out)
  set(all)
  set(tree FALSE)
  foreach(guest IN LISTS ARGN)
    get_target_property(blobs ${guest} HUSK_BLOBS)
    if(NOT blobs)
      get_target_property(file ${guest} HUSK_BLOB_FILE)
      set(blobs "${guest}|${file}|0")
    endif()
    get_target_property(needs ${guest} HUSK_NEEDS_TREE)
    if(needs)
      set(tree TRUE)
    endif()
    list(APPEND all ${blobs})
  endforeach()
  set(${blobs_out} "${all}" PARENT_SCOPE)
  set(${needs_tree_out} ${tree} PARENT_SCOPE)
endfunction()

# Writes NAME_blobs.h and, for the target, NAME_blobs.S and NAME_parts.c; for the host NAME_blobs.c.
function(husk_image_write name smp copy dma devices direct gic)
  husk_image_blobs(blobs needs_tree ${ARGN})
  set(dir ${CMAKE_CURRENT_BINARY_DIR})
  set(header "#include <husk/product.h>\n")
  set(asm "// Blobs of ${name}: each in a slot of whole 2 MiB that holds nothing else.\n")
  set(c "#include \"${name}_blobs.h\"\n")
  set(files)
  foreach(blob IN LISTS blobs)
    string(REPLACE "|" ";" part "${blob}")
    list(GET part 0 symbol)
    list(GET part 1 file)
    list(GET part 2 offset)
    string(MAKE_C_IDENTIFIER husk_blob_${symbol} symbol)
    string(APPEND header "extern const struct husk_blob ${symbol};\n")
    string(APPEND asm "    .section .husk_blob.${symbol}, \"a\"\n    .balign 0x200000\n    .skip ${offset}\n"
      "1:  .incbin \"${file}\"\n2:  .balign 0x200000\n"
      "    .section .data.rel.ro.${symbol}, \"aw\"\n    .balign 8\n    .globl ${symbol}\n"
      "${symbol}:\n    .quad 1b, 2b - 1b, ${offset}\n")
    set(size 0)
    if(file AND EXISTS ${file})
      file(SIZE ${file} size)
    endif()
    string(APPEND c "const struct husk_blob ${symbol} = { .size_bytes = ${size}, .slot_offset = ${offset} };\n")
    list(APPEND files ${file})
  endforeach()
  set(parts ".load_tree = NULL,")
  if(needs_tree OR direct)
    set(parts ".load_tree = husk_tree_load, .entropy = &husk_entropy,")
  endif()
  if(needs_tree)
    string(APPEND parts " .firmware = &husk_firmware,")
  endif()
  if(smp OR copy OR devices OR needs_tree)
    string(APPEND parts " .images = &husk_images,")
  endif()
  if(smp)
    string(APPEND parts " .smp = &husk_smp,")
  endif()
  if(dma)
    string(APPEND parts " .dma = &husk_checked_dma,")
  endif()
  if(devices)
    string(APPEND parts " .devices = &husk_devices,")
  endif()
  # What all VMs have, for the compiler.
  set(known)
  set(one_cpu false)
  if(NOT direct AND NOT gic STREQUAL "any")
    string(APPEND known " .ops = &husk_vgic_v${gic},")
  endif()
  if(NOT smp)
    string(APPEND known " .vcpu_count = 1,")
    set(one_cpu true)
  endif()
  string(REPLACE any "3;2" versions "${gic}")
  list(TRANSFORM versions PREPEND "&husk_gic_v")
  list(JOIN versions ", " versions)
  string(APPEND parts " .gic = { ${versions} },")
  file(CONFIGURE OUTPUT ${dir}/${name}_blobs.h CONTENT "${header}" @ONLY)
  if(CMAKE_CROSSCOMPILING)
    file(CONFIGURE OUTPUT ${dir}/${name}_blobs.S CONTENT "${asm}" @ONLY)
    set_source_files_properties(${dir}/${name}_blobs.S PROPERTIES OBJECT_DEPENDS "${files}")
    file(CONFIGURE OUTPUT ${dir}/${name}_parts.c CONTENT
      "#include <husk/parts.h>\nconst struct husk_parts husk_parts = { ${parts} };\nconst struct husk_vgic_known husk_vgic_known = {${known} };\nconst bool husk_one_cpu = ${one_cpu};\n" @ONLY)
  else()
    file(CONFIGURE OUTPUT ${dir}/${name}_blobs.c CONTENT "${c}" @ONLY)
  endif()
endfunction()

function(husk_add_image name)
  cmake_parse_arguments(A "SMP;COPY;DMA;DEVICES;DIRECT" "CONFIG;PARTS;GIC" "GUESTS;LIBS;INCLUDES" ${ARGN})
  if(NOT A_CONFIG OR NOT A_GUESTS)
    message(FATAL_ERROR "husk_add_image(${name}): write husk_add_image(${name} CONFIG config.c GUESTS name ...)")
  endif()
  set(dir ${CMAKE_CURRENT_BINARY_DIR})
  if(NOT A_GIC)
    set(A_GIC "${HUSK_GIC}")
  endif()
  if(NOT A_GIC MATCHES "^(2|3|any)$" AND (A_GIC OR CMAKE_CROSSCOMPILING))
    message(FATAL_ERROR "husk_add_image(${name}): GIC is '${A_GIC}'; it can be 2, 3 or any")
  endif()
  if(A_DMA)
    set(A_SMP TRUE) # who starts and ends a VM there starts and ends its transfers
  endif()
  if(A_DMA AND CMAKE_CROSSCOMPILING AND NOT HUSK_PLATFORM_DMA)
    message(FATAL_ERROR "husk_add_image(${name}): DMA: ${HUSK_PLATFORM} has no DMA engine that Husk can check")
  endif()
  # hv has one archive for each machine that guests can have. The specification knows the virtual one.
  set(machine virtual)
  set(oracle $<TARGET_NAME_IF_EXISTS:husk::oracle>)
  if(A_DIRECT)
    set(machine direct)
    set(oracle)
  endif()
  husk_image_write(${name} "${A_SMP}" "${A_COPY}" "${A_DMA}" "${A_DEVICES}" "${A_DIRECT}" "${A_GIC}" ${A_GUESTS})
  set(parts)
  foreach(part SMP DMA DEVICES)
    if(A_${part})
      string(TOLOWER ${part} part)
      list(APPEND parts ${part})
    endif()
  endforeach()
  if(NOT CMAKE_CROSSCOMPILING)
    husk_add_config_test(${name} ${A_CONFIG} "${A_GIC}" ${machine} "${parts}" ${A_INCLUDES})
    return()
  endif()
  set(script ${HUSK_TOP}/hv/husk.ld)
  if(NOT A_PARTS)
    set(A_PARTS ${dir}/${name}_parts.c)
  endif()
  add_executable(${name} ${A_CONFIG} ${dir}/${name}_blobs.S ${A_PARTS})
  add_dependencies(${name} ${A_GUESTS})
  husk_el2_code(${name})
  target_include_directories(${name} PRIVATE ${A_INCLUDES} ${dir})
  target_link_libraries(${name} PRIVATE ${A_LIBS} ${oracle} husk::hv husk::hv_${machine} Picolibc::picolibc)
  target_link_options(${name} PRIVATE -T${script}
    LINKER:-pie,--no-dynamic-linker,-z,text,-z,norelro,-z,max-page-size=4096
    LINKER:-O2,--pack-dyn-relocs=relr,--gc-sections,--icf=all,--orphan-handling=error,--fatal-warnings
    LINKER:-Map,${dir}/${name}.map)
  # The image is optimised as a whole, its product's data included, from the bitcode in its archives: for
  # size, so that a call is replaced by its function only where the code gets no larger. All of it lies
  # within 1 MiB (husk.ld asserts it). Not with the specification, which stands between the objects.
  target_link_options(${name} PRIVATE $<$<NOT:$<TARGET_EXISTS:husk::oracle>>:LINKER:--fat-lto-objects>
    LINKER:-mllvm,-inline-threshold=0,-mllvm,-code-model=tiny,-mllvm,-align-all-functions=2,-mllvm,-align-loops=1)
  husk_check_product(${name} ${A_CONFIG} ${A_GIC} ${machine} "${parts}" ${A_INCLUDES})
  set_target_properties(${name} PROPERTIES SUFFIX .elf LINK_DEPENDS ${script})
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM BYPRODUCTS ${dir}/${name}.bin
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}> ${dir}/${name}.bin
    COMMAND sh ${HUSK_TOP}/tools/check-nofp.sh ${CMAKE_OBJDUMP} $<TARGET_FILE:${name}> ${HUSK_TOP}/hv/nofp-allow.txt
    COMMAND sh ${HUSK_TOP}/tools/check-errata.sh ${CMAKE_OBJDUMP} $<TARGET_FILE:${name}>)
endfunction()

# husk_product_check() and all it needs, for the machine that builds: one object, once.
set(HUSK_CHECK_BOARD ${HUSK_PLATFORM} CACHE INTERNAL "")
set(HUSK_CHECK_OBJECT ${CMAKE_BINARY_DIR}/husk-check.o CACHE INTERNAL "")
set(HUSK_CHECK_INCLUDES -I${HUSK_TOP}/lib/base/include -I${HUSK_TOP}/lib/product/include)
if(NOT EXISTS ${HUSK_TOP}/lib/base/include)
  cmake_path(SET HUSK_CHECK_INCLUDES NORMALIZE ${HUSK_TOP}/../../include) # <prefix>/lib/husk
  set(HUSK_CHECK_INCLUDES -I${HUSK_CHECK_INCLUDES})
endif()
set(HUSK_CHECK_INCLUDES "${HUSK_CHECK_INCLUDES}" CACHE INTERNAL "")
if(CMAKE_CROSSCOMPILING AND HUSK_PLATFORM AND NOT TARGET husk_check)
  file(GLOB sources CONFIGURE_DEPENDS ${HUSK_TOP}/lib/product/*.c)
  list(APPEND sources ${HUSK_TOP}/lib/base/base.c ${HUSK_TOP}/lib/base/put.c ${HUSK_TOP}/platforms/host_boards.c
    ${HUSK_TOP}/tools/check-product.c)
  file(GLOB headers CONFIGURE_DEPENDS ${HUSK_TOP}/lib/product/*.h
    ${HUSK_TOP}/lib/product/include/husk/*.h ${HUSK_TOP}/lib/base/include/husk/*.h)
  add_custom_command(OUTPUT ${HUSK_CHECK_OBJECT} VERBATIM DEPENDS ${sources} ${headers}
    COMMAND ${CMAKE_C_COMPILER} -std=gnu17 -r -nostdlib ${HUSK_CHECK_INCLUDES} ${sources} -o ${HUSK_CHECK_OBJECT})
  add_custom_target(husk_check DEPENDS ${HUSK_CHECK_OBJECT})
endif()

# Before each link: the product must pass its check with the very blobs it is linked with, and with
# the GIC and the parts that its image has.
function(husk_check_product name config gic machine parts)
  set(dir ${CMAKE_CURRENT_BINARY_DIR})
  cmake_path(ABSOLUTE_PATH config)
  list(TRANSFORM ARGN PREPEND -I OUTPUT_VARIABLE includes)
  set(defines $<TARGET_PROPERTY:${name},COMPILE_DEFINITIONS>)
  add_dependencies(${name} husk_check)
  add_custom_command(TARGET ${name} PRE_LINK VERBATIM COMMAND_EXPAND_LISTS
    COMMAND ${CMAKE_C_COMPILER} -std=gnu17 -no-pie -fuse-ld=lld ${includes} -I${dir} ${HUSK_CHECK_INCLUDES}
      "$<$<BOOL:${defines}>:-D$<JOIN:${defines},;-D>>" ${config} ${dir}/${name}_blobs.S ${HUSK_CHECK_OBJECT} -o ${dir}/${name}.check
    COMMAND ${dir}/${name}.check ${HUSK_CHECK_BOARD} ${gic} ${machine} ${parts}
    COMMAND ${CMAKE_COMMAND} -E rm ${dir}/${name}.check)
endfunction()

# The product's config.c on the host, with empty blobs, checked against the constants of each board; with
# the part dma, of each that has an engine for it.
function(husk_add_config_test name config gic machine parts)
  if(NOT HUSK_TESTS)
    return()
  endif()
  if(NOT gic)
    set(gic any)
  endif()
  set(target config_${name})
  add_executable(${target} ${config} ${CMAKE_CURRENT_BINARY_DIR}/${name}_blobs.c
    ${HUSK_TOP}/tools/check-product.c ${HUSK_TOP}/platforms/host_boards.c)
  target_include_directories(${target} PRIVATE ${ARGN} ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${target} PRIVATE husk::product)
  add_test(NAME config.${name} COMMAND ${target} all ${gic} ${machine} ${parts})
  set_tests_properties(config.${name} PROPERTIES LABELS host TIMEOUT 60
    ENVIRONMENT "LLVM_PROFILE_FILE=${PROJECT_BINARY_DIR}/coverage/config.${name}-%p.profraw")
endfunction()
