# SPDX-License-Identifier: Apache-2.0
# map.awk -v objects=FILE: of a link map of lld, prints a line "part kind bytes" for each section that an object
# gave to the hypervisor, and "total kind bytes" for each section of the image; FILE gets each object's path.
# Parts: the library, "hv", "platforms/<name>", "apps/<name>", "picolibc", ...; "(linker)": what it made itself.
function kind_of(section) {
    if (section == ".text") return "text"
    if (section ~ /^\.(rodata|relr\.dyn|rela\.dyn|dynsym|dynstr|hash|gnu\.hash)$/) return "rodata"
    if (section ~ /^\.(data|dynamic)$/) return "data"
    if (section ~ /^\.(tables|bss|panic_stack|stack)$/) return "bss"
    return ""
}
function part_of(path,    part) {
    if (match(path, /libhusk_[a-z0-9_]*\.a/)) {
        part = substr(path, RSTART + 8, RLENGTH - 10)
        gsub(/_/, "-", part)
        if (part == "platform" && match(path, /platforms\/[^\/]*/)) return substr(path, RSTART, RLENGTH)
        return part ~ /^hv/ ? "hv" : "lib/" part
    }
    if (path ~ /picolibc/) return "picolibc"
    if (match(path, /lib[a-z0-9]*\.a/)) return substr(path, RSTART, RLENGTH - 2)
    if (path ~ /CMakeFiles/) return "product"
    return "(linker)"
}
# The object of an archive's member, as CMake names it.
function object_of(path,    archive, member, stem) {
    if (path !~ /\.a\(/) return path
    archive = member = path
    sub(/\.a\(.*/, "", archive)
    sub(/.*\.a\(/, "", member); sub(/\)$/, "", member)
    stem = archive
    sub(/.*\/lib/, "", stem)
    sub(/\/[^\/]*$/, "", archive)
    return archive "/CMakeFiles/" stem ".dir/" member
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
    print part_of(what), kind, bytes
    if (what ~ /\.obj\)?$/ && part_of(what) !~ /^(picolibc|fdt|gcc)$/) print object_of(what) >objects
}
