# SPDX-License-Identifier: Apache-2.0
# -DHUSK_ORACLE=ON: husk::oracle, which every image then links. It stands between hv and the libraries
# (oracle.h), by the linker: the calls named here.
set(calls exit psci_reset psci_started psci_call psci_random vgic_init vgic_reset_cpu vgic_poke vgic_access
  vgic_send_sgi vgic_set_line vgic_inject_hw vgic_v2_repeat vgic_v3_repeat
  vgic_v2_send vgic_v3_send vgic_v2_take vgic_v3_take vgic_flush vgic_serve vgic_load vgic_save)
set(spec ${CMAKE_CURRENT_LIST_DIR})
add_library(husk_oracle STATIC ${spec}/oracle.c ${spec}/oracle_vgic.c
  ${spec}/spec_mmu.c ${spec}/spec_psci.c ${spec}/spec_vgic.c ${spec}/spec_vgic_regs.c)
add_library(husk::oracle ALIAS husk_oracle)
# What is wrapped and compared is hv's and the libraries' own.
target_include_directories(husk_oracle PRIVATE ${spec} ${PROJECT_SOURCE_DIR}/hv ${PROJECT_SOURCE_DIR}/lib/vgic)
target_compile_definitions(husk_oracle PRIVATE HUSK_BOOT_LOG=0)
target_link_libraries(husk_oracle PUBLIC husk::hv)
list(TRANSFORM calls PREPEND --wrap=husk_ OUTPUT_VARIABLE wraps)
list(JOIN wraps "," wraps)
target_link_options(husk_oracle INTERFACE LINKER:${wraps})
husk_warnings(husk_oracle)
husk_el2_code(husk_oracle)
# Each exit of a guest compares dozens of interrupts.
target_compile_options(husk_oracle PRIVATE $<$<CONFIG:RelWithDebInfo>:-O2>)

# The boot tests that `./husk test` runs with it; target oracle-few builds their images.
set(HUSK_ORACLE_FEW hello.cortex-a53 linux.6.1-cloud.1.gicv2.cortex-a53 linux.6.1-cloud.4.gicv3.cortex-a72
  refuses.vgic refuses.psci)
add_custom_target(oracle-few)
