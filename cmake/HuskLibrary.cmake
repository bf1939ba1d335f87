# SPDX-License-Identifier: Apache-2.0
# husk_add_library(NAME SOURCES ... [DEPS husk::x Package::target ...] [GUEST] [INCLUDES dir ...])
#
# One folder under lib/, one static archive husk::NAME, one public header husk/NAME.h in include/.
# A "-" in NAME is a "_" in targets and headers. GUEST: code for EL1 (FP/SIMD allowed, picolibc);
# all other libraries are EL2 code: position independent, general registers only.
# INCLUDES: folders with the half of a public header that the build chooses (arch's backend).
#
# DEPS is the whole truth about what a library needs; it is kept as the global property
# HUSK_DEPS_<NAME>, which the package configuration and the link gates read.
set(HUSK_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

# Every warning clang has, less those that fight C17, freestanding code or the style guide.
set(HUSK_WARNINGS
  -Weverything -Werror
  -Wno-declaration-after-statement # C17, not C90
  -Wno-padded                      # layout is checked where it matters, by _Static_assert
  -Wno-unsafe-buffer-usage         # a C++ check: every array index in C
  -Wno-switch-enum                 # handled by -Wswitch; a default label is meant
  -Wno-switch-default              # the opposite of -Wcovered-switch-default
  -Wno-pre-c11-compat              # _Static_assert, anonymous unions: C17
  -Wno-gnu-zero-variadic-macro-arguments
  -Wno-pre-c23-compat
  -Wno-documentation)              # "@param ipa, pa" documents both: clang knows one name a line
# A property too: functions called from an outer project do not see this folder's variables.
set_property(GLOBAL PROPERTY HUSK_WARNINGS ${HUSK_WARNINGS})

function(husk_warnings target)
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    get_property(flags GLOBAL PROPERTY HUSK_WARNINGS)
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C>:${flags}>")
  endif()
endfunction()

# Two errata of Cortex-A53 that a compiler and a linker avoid, at any exception level: 835769 (a 64-bit
# multiply-accumulate right after a load or store), 843419 (an ADRP at the end of a page). gate.errata
# and each image's link look for what is left of them (tools/check-errata.sh).
function(husk_errata target)
  if(CMAKE_CROSSCOMPILING)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:-mfix-cortex-a53-835769>)
    target_link_options(${target} PRIVATE LINKER:--fix-cortex-a53-843419)
  endif()
endfunction()

# How code for EL2 is compiled: it may run before the MMU is on (no unaligned access), holds no FP
# or SIMD state and no x18 (those are the guest's), runs wherever it was loaded, and no value of a guest's selects
# a branch's target (a jump table's bound can be mispredicted). Functions that are compiled for speed
# are not padded to a fetch line: they are few and short. Objects are plain ones, which hold LLVM's
# bitcode too, in a section that only husk_add_image() reads: an image is optimised as a whole.
function(husk_el2_code target)
  husk_errata(${target})
  if(CMAKE_CROSSCOMPILING)
    target_compile_options(${target} PRIVATE -fpie -ffunction-sections -fdata-sections
      $<$<COMPILE_LANGUAGE:C>:-mgeneral-regs-only;-mstrict-align;-ffixed-x18;-flto;-ffat-lto-objects>
      $<$<CONFIG:RelWithDebInfo>:-Oz> -fomit-frame-pointer -fdirect-access-external-data -fno-jump-tables
      "SHELL:-mllvm -align-all-functions=2" -falign-loops=1)
  endif()
endfunction()

function(husk_add_library name)
  cmake_parse_arguments(A "GUEST" "" "SOURCES;DEPS;INCLUDES" ${ARGN})
  string(REPLACE "-" "_" stem ${name})
  set(target husk_${stem})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/include/husk/*.h)
  file(GLOB fragments CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/include/husk/*.def)
  set(bases ${CMAKE_CURRENT_SOURCE_DIR}/include)
  foreach(dir IN LISTS A_INCLUDES)
    file(GLOB more CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/husk/*.h ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/husk/*.def)
    list(APPEND fragments ${more})
    list(APPEND bases ${CMAKE_CURRENT_SOURCE_DIR}/${dir})
  endforeach()
  add_library(${target} STATIC ${A_SOURCES})
  add_library(husk::${stem} ALIAS ${target})
  # Fragments are included by a public header in a place of its own and do not compile alone: lists
  # (*.def) and the backend half of arch.h.
  target_sources(${target} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR}/include FILES ${headers}
    FILE_SET fragments TYPE HEADERS BASE_DIRS ${bases} FILES ${fragments})
  target_link_libraries(${target} PUBLIC ${A_DEPS})
  target_compile_features(${target} PUBLIC c_std_17)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${stem} C_EXTENSIONS ON
    VERIFY_INTERFACE_HEADER_SETS ON INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
  husk_warnings(${target})
  if(A_GUEST)
    husk_errata(${target})
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
  else()
    husk_el2_code(${target})
  endif()
  set_property(GLOBAL PROPERTY HUSK_DEPS_${stem} ${A_DEPS})
  set_property(GLOBAL APPEND PROPERTY HUSK_BUILT_LIBRARIES ${stem})
  # One export file per library: find_package(husk COMPONENTS mmu) brings mmu and what it needs.
  if(PROJECT_IS_TOP_LEVEL AND PROJECT_NAME STREQUAL "husk")
    install(TARGETS ${target} EXPORT husk_${stem} ARCHIVE DESTINATION lib/husk
      FILE_SET HEADERS DESTINATION include FILE_SET fragments DESTINATION include)
    install(EXPORT husk_${stem} NAMESPACE husk:: DESTINATION lib/husk/cmake
      FILE husk_${stem}.cmake)
  endif()
endfunction()
