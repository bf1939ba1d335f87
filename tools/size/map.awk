# SPDX-License-Identifier: Apache-2.0
# map.awk -v whole=FILE: the lines "total" and "object" of contents.sh, of a link map of lld. FILE gets a line "kind
# address bytes" for each section that the linker compiled.
function kind_of(section) {
    if (section == ".text") return "text"
    if (section ~ /^\.(rodata|relr\.dyn|rela\.dyn)$/) return "rodata"
    if (section == ".data") return "data"
    if (section ~ /^\.(tables|bss|panic_stack|stack)$/) return "bss"
    return ""
}
{
    if (!match($0, /^ *[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +[0-9]+ /)) next
    what = substr($0, RLENGTH + 1)
    bytes = hex($3)
    if (what ~ /^[^ ]/) {
        if (what ~ /^\./ && what !~ /=/) {
            kind = kind_of(what)
            if (kind != "") print "total", kind, bytes
        } else if (what !~ /=/) {
            kind = ""
        }
        next
    }
    if (kind == "" || what !~ /^ +[^ ].*:\(/ || what ~ /^ {16}/ || !bytes) next
    sub(/^ +/, "", what)
    sub(/:\([^)]*\)$/, "", what)
    if (what ~ /\.lto\.o$/) print kind, $1, bytes >whole
    else print "object", kind, bytes, what
}
