# SPDX-License-Identifier: Apache-2.0
# Bare-metal arm64 with Debian's clang and lld. HUSK_LLVM picks the version.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
if(NOT DEFINED HUSK_LLVM)
  set(HUSK_LLVM 19)
endif()
# try_compile() reads this file again in a fresh cache: hand the version down.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HUSK_LLVM)
foreach(lang C ASM)
  set(CMAKE_${lang}_COMPILER clang-${HUSK_LLVM})
  set(CMAKE_${lang}_COMPILER_TARGET aarch64-none-elf)
endforeach()
foreach(tool AR RANLIB NM OBJCOPY OBJDUMP STRIP READELF)
  string(TOLOWER ${tool} low)
  set(CMAKE_${tool} llvm-${low}-${HUSK_LLVM} CACHE FILEPATH "")
endforeach()
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # nothing links without a script
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
# The oldest core Husk runs on; nothing newer is used without an ID register's word.
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-a53 -ffunction-sections -fdata-sections -nostdlibinc")
set(CMAKE_ASM_FLAGS_INIT "-mcpu=cortex-a53")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld -nostdlib")
