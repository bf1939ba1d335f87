# SPDX-License-Identifier: Apache-2.0
# json.awk -v husk=TEXT -v qemu=TEXT -v compiler=TEXT -v cpu=TEXT figures.tsv: table.awk's figures as JSON, one a line.
# The schema is in test/bench/README.md.
function text(value) {
    gsub(/[\\"]/, "\\\\&", value)
    return "\"" value "\""
}
function number(value) { return value == "-" ? "null" : value }
BEGIN {
    FS = "\t"
    printf "{\n\"schema\": \"husk-bench-1\",\n\"husk\": %s,\n\"qemu\": %s,\n\"compiler\": %s,\n\"cpu\": %s,\n\"figures\": [\n",
        text(husk), text(qemu), text(compiler), text(cpu)
}
{
    printf "%s{\"gic\": %s, \"vms\": %s, \"event\": %s, \"unit\": %s, \"min\": %s, \"median\": %s, \"max\": %s, \"entries\": %s, " \
        "\"dear\": %s, \"samples\": %s, \"goal\": %s, \"budget_median\": %s, \"budget_max\": %s, \"verdict\": %s, \"xen\": %s}",
        NR == 1 ? "" : ",\n", $1, number($2), text($3), text($4), $5, $6, $7, $8, $9, $10, number($11), number($12),
        number($13), text($14), number($15)
}
END { printf "\n]\n}\n" }
