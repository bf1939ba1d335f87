# SPDX-License-Identifier: Apache-2.0
# Install rules of the package, run by the top-level CMakeLists.txt only when Husk is the top-level
# project. The tree below lib/husk/ mirrors the repository, so that the functions find their linker
# scripts and tools by the same relative path in both: <folder of HuskImage.cmake>/../hv/husk.ld.
include(CMakePackageConfigHelpers)

get_property(HUSK_BUILT GLOBAL PROPERTY HUSK_BUILT_LIBRARIES)

# Where a platform is built: the ready-made hypervisor, for husk_add_image(), as components too.
if(TARGET husk_hv AND TARGET husk_platform)
  foreach(part IN ITEMS platform hv)
    get_target_property(deps husk_${part} LINK_LIBRARIES)
    if(part STREQUAL "hv")
      list(APPEND deps Picolibc::picolibc) # husk_add_image() links it
    endif()
    set_property(GLOBAL PROPERTY HUSK_DEPS_${part} ${deps})
    list(APPEND HUSK_BUILT ${part})
    get_target_property(folder husk_${part} SOURCE_DIR)
    set_target_properties(husk_${part} PROPERTIES EXPORT_NAME ${part} INTERFACE_INCLUDE_DIRECTORIES
      "$<BUILD_INTERFACE:${folder}/include>;$<INSTALL_INTERFACE:include>")
    install(DIRECTORY ${folder}/include/ DESTINATION include)
    set(targets husk_${part})
    if(part STREQUAL "hv") # one component: an image links it with one of these
      foreach(machine hv_virtual hv_direct)
        list(APPEND targets husk_${machine})
        set_target_properties(husk_${machine} PROPERTIES EXPORT_NAME ${machine}
          INTERFACE_INCLUDE_DIRECTORIES "$<BUILD_INTERFACE:${folder}/include>;$<INSTALL_INTERFACE:include>")
      endforeach()
    endif()
    install(TARGETS ${targets} EXPORT husk_${part} ARCHIVE DESTINATION lib/husk)
    install(EXPORT husk_${part} NAMESPACE husk:: DESTINATION lib/husk/cmake FILE husk_${part}.cmake)
  endforeach()
endif()
set(HUSK_DEPENDENCIES "")
foreach(library IN LISTS HUSK_BUILT)
  get_property(deps GLOBAL PROPERTY HUSK_DEPS_${library})
  string(APPEND HUSK_DEPENDENCIES "set(_husk_deps_${library} ${deps})\n")
endforeach()

set(generated ${PROJECT_BINARY_DIR}/package)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/huskConfig.cmake.in
  ${generated}/huskConfig.cmake INSTALL_DESTINATION lib/husk/cmake
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a minor version may change any interface.
write_basic_package_version_file(${generated}/huskConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${generated}/huskConfig.cmake ${generated}/huskConfigVersion.cmake
  DESTINATION lib/husk/cmake)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cmake/ DESTINATION lib/husk/cmake
  FILES_MATCHING PATTERN "*.cmake" PATTERN presets EXCLUDE
  PATTERN HuskInstall.cmake EXCLUDE PATTERN HuskTest.cmake EXCLUDE
  PATTERN HuskCoverage.cmake EXCLUDE)

# What husk_add_unikernel() and husk_add_image() use beside the archives.
file(GLOB check RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/lib/product/*.[ch])
foreach(file IN ITEMS hv/husk.ld hv/nofp-allow.txt lib/unikernel/unikernel.ld ${check}
    lib/base/base.c lib/base/put.c platforms/host_boards.c tools/check-product.c)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${file})
    cmake_path(GET file PARENT_PATH folder)
    install(FILES ${PROJECT_SOURCE_DIR}/${file} DESTINATION lib/husk/${folder})
  endif()
endforeach()
install(PROGRAMS ${PROJECT_SOURCE_DIR}/tools/check-nofp.sh ${PROJECT_SOURCE_DIR}/tools/check-errata.sh DESTINATION lib/husk/tools)
