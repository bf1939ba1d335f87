# SPDX-License-Identifier: Apache-2.0
# cmake -DPREFIX= -DBUILD= [-DSOURCE= -DARGS=] -P install.cmake: a fresh install tree in PREFIX, of the
# build in BUILD; with SOURCE, configures and builds there first (no tests).
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${PREFIX})
if(SOURCE)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G Ninja ${ARGS} -DHUSK_TESTS=OFF
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
