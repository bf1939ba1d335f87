# SPDX-License-Identifier: Apache-2.0
# What tests with Linux say to its console: from the first line to the shell's prompt, and off again. At the
# end nothing may stand there that tells of an interrupt lost or not wanted, or of a CPU that hangs.
set(linux_up -e "Booting Linux" -e "husk-linux: shell" -e "# ")
set(linux_off -s "poweroff" -e "reboot: Power down")
foreach(text "husk: panic" "BUG: " "WARNING: " "Oops" "self-detected stall" "detected stalls" "soft lockup" "nobody cared"
    "Unexpected interrupt" "unexpected IRQ" "irq handler" "blocked for more than" "Call trace")
  list(APPEND linux_off -x "${text}")
endforeach()
# All vCPUs in one thread of QEMU's: they interleave as the emulator likes, and a lock's waiter costs nothing. On
# a host with fewer CPUs than the guest this is several times faster than a thread each, which is QEMU's default.
set(linux_one_thread -accel tcg,thread=single)
