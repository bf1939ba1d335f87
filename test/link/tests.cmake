# SPDX-License-Identifier: Apache-2.0
# The ctests link.*, included by test/gate/CMakeLists.txt: the CMakeLists.txt beside this file is the
# stranger's own project and knows nothing of Husk's build.
#
#   link.<library>   target: the installed package, one component, one firmware
#   link.subproject  target: all libraries by add_subdirectory()
#   link.image       target, with a platform: a product of its own, both ways
#   link.host        host: both ways, all libraries, built without sanitizers
#   link.refuses.*   what must not configure or link
get_property(libraries GLOBAL PROPERTY HUSK_BUILT_LIBRARIES)
list(TRANSFORM libraries REPLACE "_" "-") # as their folders are called
set(link ${PROJECT_SOURCE_DIR}/test/link)
set(scratch ${PROJECT_BINARY_DIR}/test/link)
set(prefix ${scratch}/prefix)

function(husk_link_test name)
  cmake_parse_arguments(A "SUBPROJECT" "REFUSES;SOURCE" "LIBRARIES;ARGS" ${ARGN})
  if(A_SUBPROJECT)
    set(way -DHUSK_SOURCE=${PROJECT_SOURCE_DIR})
  else()
    set(way -DPREFIX=${prefix})
  endif()
  if(NOT A_SOURCE)
    set(A_SOURCE ${link})
  endif()
  add_test(NAME link.${name} COMMAND ${CMAKE_COMMAND} -DSOURCE=${A_SOURCE}
    -DBINARY=${scratch}/${name} ${way} "-DLIBRARIES=${A_LIBRARIES}" "-DARGS=${A_ARGS}"
    "-DREFUSES=${A_REFUSES}" -DFLOORS=${PROJECT_SOURCE_DIR}/test/gate/floors.txt
    -P ${link}/run.cmake)
  set_tests_properties(link.${name} PROPERTIES FIXTURES_REQUIRED husk_prefix LABELS gate TIMEOUT 120)
endfunction()

if(CMAKE_CROSSCOMPILING)
  set(args -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/toolchain/aarch64-clang.cmake
    -DHUSK_LLVM=${HUSK_LLVM} -DHUSK_DEB_ROOT=${HUSK_DEB_ROOT})
  add_test(NAME link.install COMMAND ${CMAKE_COMMAND} -DPREFIX=${prefix} -DBUILD=${PROJECT_BINARY_DIR}
    -P ${link}/install.cmake)
  foreach(library IN LISTS libraries)
    husk_link_test(${library} LIBRARIES ${library} ARGS ${args})
  endforeach()
  husk_link_test(subproject SUBPROJECT LIBRARIES ${libraries} ARGS ${args})
  if(HUSK_PLATFORM)
    husk_link_test(image SOURCE ${link}/image LIBRARIES unikernel hv ARGS ${args})
    husk_link_test(image.refuses SOURCE ${link}/image LIBRARIES unikernel hv
      ARGS ${args} -DCONFIG=bad.c
      REFUSES "vm 'guest', field ram.0..size_bytes = 0xf00000: is no multiple of 2 MiB")
    husk_link_test(image.gic SOURCE ${link}/image LIBRARIES unikernel hv ARGS ${args} -DCONFIG=gic.c -DHUSK_GIC=2)
    husk_link_test(image.gic.refuses SOURCE ${link}/image LIBRARIES unikernel hv
      ARGS ${args} -DCONFIG=gic.c -DHUSK_GIC=3
      REFUSES "field gic: is not the GIC this board has")
    husk_link_test(image.subproject SUBPROJECT SOURCE ${link}/image LIBRARIES unikernel hv
      ARGS ${args} -DHUSK_PLATFORM=${HUSK_PLATFORM})
  endif()
  husk_link_test(refuses.component LIBRARIES nonesuch ARGS ${args}
    REFUSES "husk has no component 'nonesuch'. it has: base arch")
  husk_link_test(refuses.host LIBRARIES base ARGS -DCMAKE_C_COMPILER=clang-${HUSK_LLVM}
    REFUSES "this husk was built for Generic aarch64")
  husk_link_test(refuses.undefined SOURCE ${link}/undefined LIBRARIES base ARGS ${args}
    REFUSES "undefined symbol: husk_cache_clean")
else()
  # The host build proper is under sanitizers; what a user installs is not.
  set(args -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER})
  add_test(NAME link.install COMMAND ${CMAKE_COMMAND} -DPREFIX=${prefix} -DBUILD=${scratch}/build
    -DSOURCE=${PROJECT_SOURCE_DIR} "-DARGS=${args}" -P ${link}/install.cmake)
  list(APPEND args -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld)
  husk_link_test(host LIBRARIES ${libraries} ARGS ${args})
  husk_link_test(host.subproject SUBPROJECT LIBRARIES ${libraries} ARGS ${args})
endif()
set_tests_properties(link.install PROPERTIES FIXTURES_SETUP husk_prefix LABELS gate TIMEOUT 300)
